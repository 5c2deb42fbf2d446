// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.function.Supplier;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A weight of a trained network that gets an adapter.
 *
 * @param layer the name of its layer
 * @param type the layer's type, for instance {@code DenseLayer}
 * @param name within the layer, for instance {@code W}
 * @param shape the matrix that the adapter is for
 */
public record BaseWeight(String layer, String type, String name, WeightShape shape) {
  /**
   * A user's method for this weight, on its W0.
   *
   * @throws IllegalArgumentException if it is on another W0, or does not fit the weight
   */
  Reparameterization methodOn(FrozenWeight w0, Supplier<Reparameterization> users) {
    try {
      Reparameterization method = users.get();
      if (method == null) {
        throw new IllegalArgumentException("the plan's function returned null, no method");
      }
      if (method.w0() instanceof FrozenWeight.None) {
        method = method.withW0(w0);
      } else if (!method.w0().equals(w0)) {
        throw new IllegalArgumentException(
            method.method()
                + " is on another W0 ("
                + method.w0().getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)
                + "), which would replace the trained weight: use the one that the plan's function"
                + " is given");
      }
      Reparameterization fitting = method.fitting(shape);
      fitting.factorize(shape, 0);
      return fitting;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(this + ": " + e.getMessage(), e);
    }
  }

  /** For messages. */
  @Override
  public String toString() {
    return "weight \"%s\" (%s) of layer \"%s\" (%s)".formatted(name, shape, layer, type);
  }
}
