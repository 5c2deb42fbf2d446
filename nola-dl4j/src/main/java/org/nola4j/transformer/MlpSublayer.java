// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * {@code residual + f(x Wfc1 + bfc1) Wfc2 + bfc2} for tokens as matrix rows. Keeps the argument of
 * f between the passes; f is recomputed where the gradient of Wfc2 needs it.
 */
final class MlpSublayer implements Mlp {
  private final Linear first = new Linear(4, "fc1.b");
  private final Linear second = new Linear(5, "fc2.b");
  private final NonLinearity activation;
  private final long width;
  private INDArray keptHidden;

  MlpSublayer(MlpActivation activation, long width) {
    this.activation = new NonLinearity(activation);
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
    INDArray hidden = scratch.array(keep, keptHidden, x.size(0), width);
    first.forward(x, arrays, hidden);
    INDArray activated = scratch.array(hidden.shape());
    activation.forward(hidden, activated);
    second.forward(residual, activated, arrays, result);
    if (keep) {
      keptHidden = hidden;
    }
  }

  @Override
  public INDArray backward(
      INDArray x, INDArray delta, Arrays arrays, INDArray below, Scratch scratch) {
    INDArray activated = null;
    if (second.needsInput(arrays)) {
      activated = scratch.array(keptHidden.shape());
      activation.forward(keptHidden, activated);
    }
    boolean goesOn = below != null || first.isTrained(arrays);
    INDArray gradient = goesOn ? scratch.array(keptHidden.shape()) : null;
    second.backward(activated, delta, arrays, gradient, false);
    if (!goesOn) {
      return delta;
    }
    activation.backward(keptHidden, gradient);
    first.backward(x, gradient, arrays, below, false);
    return delta;
  }
}
