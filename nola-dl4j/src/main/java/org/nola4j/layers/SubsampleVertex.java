// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The shortcut without parameters of a residual block that halves the image (He et al., 2016,
 * "option A"): every second row and column, with zeros for the channels that are new, half of them
 * before and half behind. NHWC.
 */
public final class SubsampleVertex extends ParameterlessVertex {
  private final int channels;

  /**
   * Creates a vertex with this many output channels.
   *
   * @param channels at least those of the input, and an even number more
   */
  public SubsampleVertex(@JsonProperty("channels") int channels) {
    super(1);
    this.channels = channels;
  }

  /** Channels of the output. */
  public int getChannels() {
    return channels;
  }

  @Override
  Function function(DataType type) {
    return new Subsample(channels);
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    InputType.InputTypeConvolutional images = Nhwc.type("SubsampleVertex", inputs[0]);
    long added = channels - images.getChannels();
    if (added < 0 || added % 2 != 0) {
      throw new IllegalArgumentException(
          "SubsampleVertex cannot make %d channels of %d: the difference must be even and not negative"
              .formatted(channels, images.getChannels()));
    }
    return InputType.convolutional(
        (images.getHeight() + 1) / 2, (images.getWidth() + 1) / 2, channels, CNN2DFormat.NHWC);
  }

  @Override
  public SubsampleVertex clone() {
    return new SubsampleVertex(channels);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SubsampleVertex that && channels == that.channels;
  }

  @Override
  public int hashCode() {
    return channels;
  }

  private record Subsample(int channels) implements Function {
    @Override
    public INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces) {
      INDArray x = inputs[0];
      INDArray y =
          workspaces.create(
              ArrayType.ACTIVATIONS,
              x.dataType(),
              new long[] {x.size(0), (x.size(1) + 1) / 2, (x.size(2) + 1) / 2, channels},
              'c');
      kept(y, x.size(3)).assign(everySecond(x));
      return y;
    }

    @Override
    public INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces) {
      INDArray x = inputs[0];
      INDArray below =
          workspaces.create(ArrayType.ACTIVATION_GRAD, epsilon.dataType(), x.shape(), 'c');
      everySecond(below).assign(kept(epsilon, x.size(3)));
      return new INDArray[] {below};
    }

    private INDArray kept(INDArray y, long inChannels) {
      long first = (channels - inChannels) / 2;
      return y.get(all(), all(), all(), interval(first, first + inChannels));
    }

    private static INDArray everySecond(INDArray x) {
      return x.get(all(), interval(0, 2, x.size(1)), interval(0, 2, x.size(2)), all());
    }
  }
}
