// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastCopyOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mean over height and width: NHWC activations [batch, height, width, channels] become [batch,
 * channels]. DL4J's GlobalPoolingLayer takes NCHW only.
 */
public final class GlobalAverageVertex extends ParameterlessVertex {
  /** Takes one input. */
  public GlobalAverageVertex() {
    super(1);
  }

  @Override
  Function function(DataType type) {
    return new Mean();
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    return InputType.feedForward(Nhwc.type("GlobalAverageVertex", inputs[0]).getChannels());
  }

  @Override
  public GlobalAverageVertex clone() {
    return new GlobalAverageVertex();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GlobalAverageVertex;
  }

  @Override
  public int hashCode() {
    return GlobalAverageVertex.class.hashCode();
  }

  private static final class Mean implements Function {
    @Override
    public INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces) {
      return workspaces.leverageTo(ArrayType.ACTIVATIONS, inputs[0].mean(1, 2).dup('c'));
    }

    @Override
    public INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces) {
      long[] shape = inputs[0].shape();
      INDArray each = epsilon.div(shape[1] * shape[2]);
      INDArray below =
          workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, epsilon.dataType(), shape, 'c');
      INDArray pixels = below.reshape('c', shape[0], shape[1] * shape[2], shape[3]);
      Nd4j.exec(
          new BroadcastCopyOp(pixels, each, pixels, 0, 2)); // BroadcastTo takes 80 times as long
      return new INDArray[] {below};
    }
  }
}
