// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation;

/** The passes of a layer that has DL4J's own runtime inside. */
interface WrappedPass extends DirectComputation {
  /** DL4J's runtime, which has the input already when a pass begins. */
  BaseRuntime base();

  /** Brings the weights inside up to date; for calls other than passes. */
  default void prepare(Arrays arrays) {}

  /**
   * A forward pass of truncated backpropagation through time, from the state that the layer has
   * stored.
   */
  default INDArray forwardFromState(
      INDArray input,
      Arrays arrays,
      boolean training,
      boolean storeLast,
      LayerWorkspaceMgr workspaces) {
    prepare(arrays);
    return base()
        .recurrent()
        .rnnActivateUsingStoredState(input, training && trains(), storeLast, workspaces);
  }

  /** Whether the base runs training passes too; otherwise it always runs in test mode. */
  default boolean trains() {
    return true;
  }
}
