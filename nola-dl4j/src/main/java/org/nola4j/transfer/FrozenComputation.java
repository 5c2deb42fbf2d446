package org.nola4j.transfer;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.DirectComputation;

/** A frozen layer in test mode; its backward pass is DL4J's, parameter gradients go unused. */
final class FrozenComputation implements DirectComputation {
  private final BaseRuntime base;

  FrozenComputation(BaseRuntime base) {
    this.base = base;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    return base.forward(input, mask, false, workspaces);
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
