// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.onednn.AddRelu;
import org.nola4j.internal.onednn.OneDnn;

/**
 * The end of a residual block, {@code max(0, a + b)}, for two activations of one shape.
 *
 * <p>On the CPU in float32 one pass of oneDNN, elsewhere ND4J's operations. The gradient is
 * computed from the activations, so the next layer must not change them in place, as DL4J's {@code
 * GaussianDropout}, {@code GaussianNoise} and {@code AlphaDropout} do; ordinary dropout does not.
 */
public final class AddReluVertex extends ParameterlessVertex {
  /** Takes two inputs of equal shape. */
  public AddReluVertex() {
    super(2);
  }

  @Override
  Function function(DataType type) {
    return type == DataType.FLOAT && OneDnn.available() ? new Fused() : new Plain();
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    if (!inputs[0].equals(inputs[1])) {
      throw new IllegalArgumentException(
          "AddReluVertex adds activations of one shape, but got "
              + inputs[0]
              + " and "
              + inputs[1]);
    }
    return inputs[0];
  }

  @Override
  public AddReluVertex clone() {
    return new AddReluVertex();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddReluVertex;
  }

  @Override
  public int hashCode() {
    return AddReluVertex.class.hashCode();
  }

  private static final class Plain implements Function {
    private INDArray output;

    @Override
    public INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces) {
      output = workspaces.dup(ArrayType.ACTIVATIONS, inputs[0], 'c').addi(inputs[1]);
      return Transforms.relu(output, false);
    }

    @Override
    public INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces) {
      INDArray first = workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon, 'c');
      first.muli(output.gt(0).castTo(epsilon.dataType()));
      return new INDArray[] {first, workspaces.dup(ArrayType.ACTIVATION_GRAD, first, 'c')};
    }
  }

  private static final class Fused implements Function {
    private AddRelu primitive;
    private long length = -1;
    private INDArray output;

    @Override
    public INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces) {
      INDArray a = plain(inputs[0]);
      INDArray b = plain(inputs[1]);
      if (a.length() != length) {
        length = a.length();
        primitive = new AddRelu(length);
      }
      output = workspaces.createUninitialized(ArrayType.ACTIVATIONS, a.dataType(), a.shape(), 'c');
      primitive.forward(a, b, output);
      return output;
    }

    @Override
    public INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces) {
      INDArray first =
          workspaces.createUninitialized(
              ArrayType.ACTIVATION_GRAD, epsilon.dataType(), epsilon.shape(), 'c');
      primitive.backward(output, plain(epsilon), first);
      // DL4J adds gradients of one activation in place, so each input gets its own array.
      return new INDArray[] {first, workspaces.dup(ArrayType.ACTIVATION_GRAD, first, 'c')};
    }

    private static INDArray plain(INDArray array) {
      return array.ordering() == 'c' && array.elementWiseStride() == 1 ? array : array.dup('c');
    }
  }
}
