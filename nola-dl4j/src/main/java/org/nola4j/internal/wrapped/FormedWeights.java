// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.List;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.MaterializedWeight;

/** A layer that runs on merged weights, W0 plus the adapter's change. */
final class FormedWeights implements WrappedPass {
  /**
   * One of them.
   *
   * @param name of DL4J's parameter
   * @param view of it
   */
  record Weight(String name, WeightView view) {}

  private final BaseRuntime base;

  /** In the order of the configuration. */
  private final List<Weight> weights;

  /** The state of each weight that the base has. */
  private final long[] written;

  FormedWeights(BaseRuntime base, List<Weight> weights) {
    this.base = base;
    this.weights = List.copyOf(weights);
    this.written = new long[weights.size()];
    java.util.Arrays.fill(written, -1);
  }

  @Override
  public BaseRuntime base() {
    return base;
  }

  @Override
  public void prepare(Arrays arrays) {
    for (int i = 0; i < written.length; i++) {
      MaterializedWeight weight = arrays.weights().get(i);
      if (weight.isTrained()) {
        INDArray matrix = weight.matrix();
        if (written[i] != weight.changes()) {
          weights.get(i).view().write(matrix, base.parameter(weights.get(i).name()));
          written[i] = weight.changes();
        }
      }
    }
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    prepare(arrays);
    return base.activate(training, workspaces);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    prepare(arrays);
    INDArray below = base.backward(epsilon, workspaces);
    for (int i = 0; i < written.length; i++) {
      MaterializedWeight weight = arrays.weights().get(i);
      if (weight.isTrained()) {
        INDArray gradient = base.gradient(weights.get(i).name());
        weights.get(i).view().read(gradient, weight.matrixGradient());
        weight.distributeGradient();
      }
    }
    return below;
  }
}
