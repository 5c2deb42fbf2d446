// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen layer in test mode; its backward pass is DL4J's, parameter gradients go unused.
 *
 * @param overwrites whether the layer writes its activations over its input in test mode
 */
record FrozenComputation(BaseRuntime base, boolean overwrites) implements WrappedPass {
  @Override
  public boolean trains() {
    return false;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    if (overwrites) {
      base.setInput(workspaces.dup(ArrayType.ACTIVATIONS, input));
    }
    return base.activate(false, workspaces);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    if (overwrites) {
      base.setInput(input);
    }
    return base.backward(epsilon, workspaces);
  }
}
