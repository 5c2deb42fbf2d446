// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Converts inputs of layers and vertices. */
public final class Inputs {
  private Inputs() {}

  /**
   * An input in the network's type. DL4J leaves this to each of its layers, and ours read the
   * input's memory.
   *
   * @param input may be null
   */
  public static INDArray cast(INDArray input, DataType type, LayerWorkspaceMgr workspaces) {
    return input == null || input.dataType() == type
        ? input
        : workspaces.castTo(ArrayType.INPUT, type, input, false);
  }
}
