// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * Computed by the layer inside, which may have an adapter of its own.
 *
 * @param runtime the layer with the identity for activation
 */
record RuntimeLinear(BaseRuntime runtime) implements LinearBase {
  /** Whether the layer inside has an adapter itself. */
  private boolean isStacked() {
    return runtime.layer() instanceof RuntimeLayer;
  }

  @Override
  public INDArray forward(
      INDArray input, MaterializedWeight weight, boolean training, LayerWorkspaceMgr workspaces) {
    runtime.setInput(input); // with dropout
    // An adapter inside is frozen, and so it drops nothing.
    return runtime.activate(training && !isStacked(), workspaces);
  }

  @Override
  public void backward(INDArray delta, MaterializedWeight weight, INDArray below) {
    INDArray w0 = isStacked() ? weight.frozen() : runtime.parameter(WeightView.WEIGHT);
    Products.multiply(delta, false, w0, true, below, 1, 0);
  }
}
