// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * LoRA: {@code W = W0 + (c / r) A B} with A (m x r) and B (r x n) trained directly (Hu et al.,
 * <i>LoRA</i>, ICLR 2022).
 *
 * <p>Trained numbers: {@code r (m + n)}. With a W0, A starts uniform in (-1, 1) / sqrt(m) and B at
 * zero, as in loralib; without a W0 both start such that W has the variance of U(-1, 1) * gain /
 * sqrt(fanIn).
 *
 * @param rank r
 * @param c numerator of the scale s = c / r
 * @param gain of the initialization without W0
 * @param w0 the frozen part
 */
public record Lora(
    @JsonProperty("rank") int rank,
    @JsonProperty(value = "c", defaultValue = "rank") double c,
    @JsonProperty(value = "gain", defaultValue = "1") double gain,
    @JsonProperty("w0") FrozenWeight w0)
    implements Reparameterization {

  /** Checks every field. */
  public Lora {
    Arguments.positive("lora", "rank", rank);
    Arguments.positive("lora", "c", c);
    Arguments.positive("lora", "gain", gain);
    Arguments.given("lora", "w0", w0);
  }

  /** With c = r, so that s = 1. */
  public static Lora on(FrozenWeight w0, int rank) {
    return new Lora(rank, rank, 1, w0);
  }

  @Override
  public Lora withW0(FrozenWeight w0) {
    return new Lora(rank, c, gain, w0);
  }

  @Override
  public Lora fitting(WeightShape shape) {
    int fits = Math.min(rank, Math.min(shape.rows(), shape.columns()));
    if (fits == rank) {
      return this;
    }
    return new Lora(fits, c * fits / rank, gain, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    Arguments.rankFits("lora", rank, shape);
    long first = WeightSeed.FIRST_INITIAL.seed(seed);
    long second = WeightSeed.SECOND_INITIAL.seed(seed);
    Initial a;
    Initial b;
    if (w0 instanceof FrozenWeight.None) {
      double s = c / rank;
      double sigma = Math.pow(Arguments.variance(gain, shape) / (s * s * rank), 0.25);
      a = Initial.normal(first, sigma);
      b = Initial.normal(second, sigma);
    } else {
      a = Initial.uniform(first, 1 / Math.sqrt(shape.rows()));
      b = Initial.constant(0);
    }
    return Factorization.lowRank(
        shape,
        Factor.ofMatrix("A", shape.rows(), rank, a),
        Factor.ofMatrix("B", rank, shape.columns(), b),
        c,
        w0,
        seed);
  }
}
