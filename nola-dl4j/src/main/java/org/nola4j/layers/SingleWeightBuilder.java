// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Builds layers with one weight, {@code W}, between nIn inputs and nOut outputs.
 *
 * @param <T> the builder's own type
 */
public abstract class SingleWeightBuilder<T extends SingleWeightBuilder<T>>
    extends ReparameterizedLayer.Builder<T> {
  private Reparameterization reparameterization;
  private boolean inputGradient = true;

  SingleWeightBuilder(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  /** The method; the layer's default unless set. */
  public T reparameterization(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
    return self();
  }

  /**
   * Whether the gradient of the input is computed; true unless set. A first layer does not need it,
   * which saves one product or convolution per step, the largest one with a W0.
   */
  public T inputGradient(boolean inputGradient) {
    this.inputGradient = inputGradient;
    return self();
  }

  final Reparameterization reparameterization() {
    return reparameterization;
  }

  final boolean inputGradient() {
    return inputGradient;
  }
}
