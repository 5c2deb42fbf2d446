// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;

/**
 * LoRA's dropout, on the input of an adapter.
 *
 * @param rate the probability that a number is dropped
 */
record AdapterDropout(double rate) {
  /** 1 / (1 - rate) for numbers that stay, 0 for the others; outlives all workspaces. */
  @SuppressWarnings("try") // of no use but to be closed
  INDArray draw(INDArray input) {
    try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray ones = Nd4j.ones(input.dataType(), input.shape());
      return Nd4j.getExecutioner().exec(new DropOutInverted(ones, ones, 1 - rate));
    }
  }
}
