// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Trains nothing: the weight is W0. For the weights of a trained network that have no adapter.
 *
 * @param w0 the whole weight
 */
public record Frozen(@JsonProperty("w0") FrozenWeight w0) implements Reparameterization {

  /** Checks that there is a W0. */
  public Frozen {
    Arguments.given("frozen", "w0", w0);
    if (w0 instanceof FrozenWeight.None) {
      throw new IllegalArgumentException("frozen: w0 is the whole weight and must not be none");
    }
  }

  @Override
  public Frozen withW0(FrozenWeight w0) {
    return new Frozen(w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    return Factorization.frozen(shape, w0, seed);
  }
}
