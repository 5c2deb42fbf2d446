// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/** An MLP with an adapter of what it gives, or of the sum with the residual. */
final class MlpWithAdapter implements Mlp {
  private final Mlp mlp;
  private final Bottleneck adapter;
  private final boolean ofSum;

  /**
   * @param ofSum whether the adapter comes after the residual is added
   */
  MlpWithAdapter(Mlp mlp, Bottleneck adapter, boolean ofSum) {
    this.mlp = mlp;
    this.adapter = adapter;
    this.ofSum = ofSum;
  }

  @Override
  public void forward(
      INDArray x,
      INDArray residual,
      Arrays arrays,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    INDArray out = adapter.input(keep, scratch, result.shape());
    mlp.forward(x, ofSum ? residual : null, arrays, keep, out, scratch);
    adapter.forward(out, arrays, keep, result, scratch);
    if (!ofSum) {
      result.addi(residual);
    }
  }

  @Override
  public INDArray backward(
      INDArray x, INDArray delta, Arrays arrays, INDArray below, Scratch scratch) {
    INDArray dOut = adapter.backward(delta, arrays, scratch);
    mlp.backward(x, dOut, arrays, below, scratch);
    return ofSum ? dOut : delta;
  }
}
