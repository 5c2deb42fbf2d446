// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/** The second half of a block: computes each token by itself and adds a residual. */
interface Mlp {
  /**
   * @param x tokens as rows
   * @param residual what is added; null for nothing
   * @param keep whether a backward pass is to follow
   */
  void forward(
      INDArray x, INDArray residual, Arrays arrays, boolean keep, INDArray result, Scratch scratch);

  /**
   * Writes the gradient of x without the residual's share to {@code below}; after a forward pass
   * with {@code keep}.
   *
   * @param below null if it is not needed
   * @return the gradient of the residual
   */
  INDArray backward(INDArray x, INDArray delta, Arrays arrays, INDArray below, Scratch scratch);
}
