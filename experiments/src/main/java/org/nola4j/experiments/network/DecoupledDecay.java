// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The weight decay of AdamW (Loshchilov and Hutter, ICLR 2019): every step takes the learning rate
 * times the decay times the weight off the weight. It is no part of the loss, as DL4J's own is.
 */
final class DecoupledDecay extends WeightDecay {
  private static final long serialVersionUID = 1;

  /** For JSON, as of the class above. */
  DecoupledDecay(@JsonProperty("coeff") ISchedule coeff, @JsonProperty("applyLR") boolean applyLr) {
    super(coeff, applyLr);
  }

  /** Sets the decay of all weights of a network; biases and norms have none. */
  static void set(Network network, double decay) {
    for (Layer layer : network.layers().values()) {
      if (layer.conf().getLayer() instanceof BaseLayer conf) {
        conf.setRegularization(List.of(new DecoupledDecay(new FixedSchedule(decay), true)));
      }
    }
  }

  @Override
  public double score(INDArray parameters, int iteration, int epoch) {
    return 0;
  }

  @Override
  @SuppressWarnings("MethodDoesntCallSuperMethod")
  public WeightDecay clone() {
    return new DecoupledDecay(coeff.clone(), applyLR);
  }
}
