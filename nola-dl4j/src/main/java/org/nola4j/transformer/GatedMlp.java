// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * {@code residual + (silu(x Wgate) * x Wup) Wdown} with {@code silu(z) = z / (1 + exp(-z))}
 * (Shazeer, <i>GLU Variants Improve Transformer</i>, 2020). Keeps both products with x between the
 * passes.
 */
final class GatedMlp implements Mlp {
  private static final String NO_BIAS = "";

  private final Linear gate = new Linear(4, NO_BIAS);
  private final Linear up = new Linear(5, NO_BIAS);
  private final Linear down = new Linear(6, NO_BIAS);
  private final long width;
  private INDArray keptGate;
  private INDArray keptUp;

  GatedMlp(long width) {
    this.width = width;
  }

  @Override
  public void forward(
      INDArray x,
      INDArray residual,
      Arrays arrays,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    INDArray gates = scratch.array(keep, keptGate, x.size(0), width);
    INDArray ups = scratch.array(keep, keptUp, x.size(0), width);
    gate.forward(x, arrays, gates);
    up.forward(x, arrays, ups);
    down.forward(residual, gated(gates, ups, scratch), arrays, result);
    if (keep) {
      keptGate = gates;
      keptUp = ups;
    }
  }

  private static INDArray gated(INDArray gates, INDArray ups, Scratch scratch) {
    INDArray result = scratch.array(gates.shape());
    result.assign(gates);
    return Transforms.sigmoid(result, false).muli(gates).muli(ups);
  }

  @Override
  public INDArray backward(
      INDArray x, INDArray delta, Arrays arrays, INDArray below, Scratch scratch) {
    INDArray activated = down.needsInput(arrays) ? gated(keptGate, keptUp, scratch) : null;
    boolean goesOn = below != null || gate.isTrained(arrays) || up.isTrained(arrays);
    INDArray dUp = goesOn ? scratch.array(keptGate.shape()) : null;
    down.backward(activated, delta, arrays, dUp, false);
    if (!goesOn) {
      return delta;
    }
    INDArray sigmoid = scratch.array(keptGate.shape());
    sigmoid.assign(keptGate);
    Transforms.sigmoid(sigmoid, false);
    INDArray slope = scratch.array(keptGate.shape()); // 1 + z (1 - sigmoid(z))
    slope.assign(sigmoid);
    slope.rsubi(1).muli(keptGate).addi(1);
    slope.muli(sigmoid).muli(keptUp).muli(dUp);
    dUp.muli(sigmoid).muli(keptGate);
    gate.backward(x, slope, arrays, below, false);
    up.backward(x, dUp, arrays, below, true);
    return delta;
  }
}
