package org.nola4j.transfer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.DirectComputation;

/** A frozen layer in test mode; its backward pass is DL4J's, parameter gradients go unused. */
final class FrozenComputation implements DirectComputation {
  private final BaseRuntime base;
  private final boolean overwrites;

  /**
   * @param overwrites whether the layer writes its activations over its input in test mode
   */
  FrozenComputation(BaseRuntime base, boolean overwrites) {
    this.base = base;
    this.overwrites = overwrites;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    INDArray own = overwrites ? workspaces.dup(ArrayType.ACTIVATIONS, input) : input;
    return base.forward(own, mask, false, workspaces);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    return base.backward(input, epsilon, mask, workspaces);
  }
}
