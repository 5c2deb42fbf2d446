// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * The baseline: every element of the weight is trained.
 *
 * <p>Without W0 it starts uniform in (-1, 1) * gain / sqrt(fanIn), PyTorch's default for a linear
 * layer; with a W0, the difference from it is trained and starts at zero.
 *
 * @param gain of the initialization without W0
 * @param w0 the frozen part
 */
public record Dense(
    @JsonProperty(value = "gain", defaultValue = "1") double gain,
    @JsonProperty(value = "w0", defaultValue = "none") FrozenWeight w0)
    implements Reparameterization {

  /** Checks every field. */
  public Dense {
    Arguments.positive("dense", "gain", gain);
    Arguments.given("dense", "w0", w0);
  }

  /** Gain 1, no W0. */
  public Dense() {
    this(1, FrozenWeight.none());
  }

  @Override
  public Dense withW0(FrozenWeight w0) {
    return new Dense(gain, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    Initial initial =
        w0 instanceof FrozenWeight.None
            ? Initial.uniform(WeightSeed.FIRST_INITIAL.seed(seed), gain / Math.sqrt(shape.fanIn()))
            : Initial.constant(0);
    Factor factor = Factor.ofMatrix("W", shape.rows(), shape.columns(), initial);
    return Factorization.of(shape, factor, w0, seed);
  }
}
