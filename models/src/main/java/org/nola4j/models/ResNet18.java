// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.nola4j.layers.MaxPoolVertex;

/**
 * The residual network of 18 layers for ImageNet, as torchvision builds it: a 7 x 7 stem with
 * stride 2, max pooling, four stages of two blocks with 64, 128, 256, and 512 channels, and 1 x 1
 * convolutions on the shortcuts that halve the image (named {@code stage2.block1.shortcut}, ...).
 *
 * <p>It has 11,227,812 parameters with dense weights and 100 classes. Defaults: 224 x 224 images,
 * 100 classes. Source: He et al., CVPR 2016, table 1; the NOLA paper's table 9.
 */
public final class ResNet18 extends ResNet {
  private static final int[] CHANNELS = {64, 128, 256, 512};
  private static final int BLOCKS = 2;

  private ResNet18(Builder builder) {
    super(builder);
  }

  /** A builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  String addBlocks(GraphBuilder graph) {
    String stem = convolution(graph, "stem", "input", 7, 2, CHANNELS[0], true);
    graph.addVertex("pool", new MaxPoolVertex(3, 2, 1), stem);
    String below = "pool";
    for (int stage = 1; stage <= CHANNELS.length; stage++) {
      int channels = CHANNELS[stage - 1];
      for (int i = 1; i <= BLOCKS; i++) {
        String name = "stage" + stage + ".block" + i;
        int stride = stage > 1 && i == 1 ? 2 : 1;
        String shortcut =
            stride == 1
                ? below
                : convolution(graph, name + ".shortcut", below, 1, stride, channels, false);
        below = block(graph, name, below, stride, channels, shortcut);
      }
    }
    return below;
  }

  /** Builds a {@link ResNet18}. */
  public static final class Builder extends ResNet.Builder<ResNet18, Builder> {
    private Builder() {
      super(100, 224);
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    public ResNet18 build() {
      return new ResNet18(this);
    }
  }
}
