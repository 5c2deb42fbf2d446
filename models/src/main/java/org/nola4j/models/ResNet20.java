// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.nola4j.layers.SubsampleVertex;

/**
 * The residual network of 20 layers for CIFAR-10: a 3 x 3 stem with 16 channels, three stages of
 * three blocks with 16, 32, and 64 channels, and shortcuts without parameters ("option A").
 *
 * <p>It has 269,722 parameters with dense weights: 267,696 in convolutions, 1,376 in batch
 * normalization, and 650 in the classifier. Defaults: 32 x 32 images, 10 classes. Source: He et
 * al., CVPR 2016, section 4.2; the NOLA paper's table 8.
 */
public final class ResNet20 extends ResNet {
  private static final int[] CHANNELS = {16, 32, 64};
  private static final int BLOCKS = 3;

  private ResNet20(Builder builder) {
    super(builder);
  }

  /** A builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  String addBlocks(GraphBuilder graph) {
    String below = convolution(graph, "stem", "input", 3, 1, CHANNELS[0], true);
    for (int stage = 1; stage <= CHANNELS.length; stage++) {
      int channels = CHANNELS[stage - 1];
      for (int i = 1; i <= BLOCKS; i++) {
        String name = "stage" + stage + ".block" + i;
        boolean halves = stage > 1 && i == 1;
        String shortcut = below;
        if (halves) {
          shortcut = name + ".shortcut";
          graph.addVertex(shortcut, new SubsampleVertex(channels), below);
        }
        below = block(graph, name, below, halves ? 2 : 1, channels, shortcut);
      }
    }
    return below;
  }

  /** Builds a {@link ResNet20}. */
  public static final class Builder extends ResNet.Builder<ResNet20, Builder> {
    private Builder() {
      super(10, 32);
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    public ResNet20 build() {
      return new ResNet20(this);
    }
  }
}
