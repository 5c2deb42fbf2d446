// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.reparameterization.Reparameterization;

/**
 * A weight of a layer of a trained network.
 *
 * @param method its adapter, or frozen; its W0 is the layer's weight
 * @param axes its shape in DL4J; null in JSON of earlier versions
 */
public record AdaptedWeight(
    @JsonProperty("method") Reparameterization method, @JsonProperty("axes") List<Long> axes)
    implements Serializable {

  /** The shape of the only weight of a dense or convolution layer. */
  static List<Long> axes(Layer layer) {
    FeedForwardLayer sized = (FeedForwardLayer) layer;
    return layer instanceof ConvolutionLayer convolution
        ? Stream.concat(
                Stream.of(sized.getNOut(), sized.getNIn()),
                java.util.Arrays.stream(convolution.getKernelSize()).mapToObj(size -> (long) size))
            .toList()
        : List.of(sized.getNIn(), sized.getNOut());
  }
}
