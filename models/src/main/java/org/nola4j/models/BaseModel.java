// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Base class of the zoo models in this package, none of which has pretrained weights to download.
 */
abstract class BaseModel<N extends Model> extends ZooModel<N> {
  /** The name of the layer with the loss. */
  static final String LOSS = "loss";

  final IUpdater updater;
  final long seed;

  BaseModel(Builder<?> builder) {
    this.updater = builder.updater;
    this.seed = builder.seed;
  }

  /** Softmax cross-entropy. */
  static LossLayer loss() {
    return new LossLayer.Builder(LossFunction.MCXENT)
        .name(LOSS)
        .activation(Activation.SOFTMAX)
        .build();
  }

  @Override
  public final String pretrainedUrl(PretrainedType pretrainedType) {
    return null;
  }

  @Override
  public final long pretrainedChecksum(PretrainedType pretrainedType) {
    return 0;
  }

  /** Common settings. */
  public abstract static class Builder<B extends Builder<B>> {
    private IUpdater updater = new Adam(1e-3);
    private long seed = 1;

    Builder() {}

    abstract B self();

    /** DL4J's updater; Adam with learning rate 0.001 by default. */
    public B updater(IUpdater updater) {
      this.updater = updater;
      return self();
    }

    /** The seed of everything random; 1 by default. */
    public B seed(long seed) {
      this.seed = seed;
      return self();
    }
  }
}
