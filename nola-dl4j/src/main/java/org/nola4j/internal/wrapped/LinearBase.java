// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.MaterializedWeight;

/** {@code x W0 + b}, the frozen part of a dense layer. */
interface LinearBase {
  /** The runtime inside, for calls other than passes. */
  BaseRuntime runtime();

  /**
   * The pre-activations.
   *
   * @param weight whose W0 this is
   */
  INDArray forward(
      INDArray input, MaterializedWeight weight, boolean training, LayerWorkspaceMgr workspaces);

  /** Writes {@code delta W0'}. */
  void backward(INDArray delta, MaterializedWeight weight, INDArray below);
}
