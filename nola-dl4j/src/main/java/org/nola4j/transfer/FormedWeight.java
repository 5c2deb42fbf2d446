package org.nola4j.transfer;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.DirectComputation;
import org.nola4j.dl4j.MaterializedWeight;

/** A layer that runs on its weight with the adapter's share in it. */
final class FormedWeight implements DirectComputation {
  private final BaseRuntime base;
  private final WeightView view;
  private long written = -1;

  FormedWeight(BaseRuntime base, WeightView view) {
    this.base = base;
    this.view = view;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    MaterializedWeight weight = arrays.weights().get(0);
    INDArray matrix = weight.matrix();
    if (written != weight.changes()) {
      view.write(matrix, base.parameter(WeightView.WEIGHT));
      written = weight.changes();
    }
    return base.forward(input, mask, training, workspaces);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    INDArray below = base.backward(input, epsilon, mask, workspaces);
    MaterializedWeight weight = arrays.weights().get(0);
    view.read(base.gradient(WeightView.WEIGHT), weight.matrixGradient());
    weight.distributeGradient();
    return below;
  }
}
