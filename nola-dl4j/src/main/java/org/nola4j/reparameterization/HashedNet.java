// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * HashedNet: {@code W_e = W0_e + sign(e) w[bucket(e)]} (Chen et al., <i>Compressing Neural Networks
 * with the Hashing Trick</i>, ICML 2015); trained numbers: one per bucket.
 *
 * <p>Without W0 the values start normal with the variance of U(-1, 1) * gain / sqrt(fanIn), on a W0
 * at zero.
 *
 * @param buckets length of w
 * @param balanced false: hashed buckets and signs, as published; true: equal buckets without signs,
 *     the variant in PRANC's code
 * @param gain of the initialization without W0
 * @param w0 the frozen part
 */
public record HashedNet(
    @JsonProperty("buckets") int buckets,
    @JsonProperty(value = "balanced", defaultValue = "false") boolean balanced,
    @JsonProperty(value = "gain", defaultValue = "1") double gain,
    @JsonProperty("w0") FrozenWeight w0)
    implements Reparameterization {

  /** Checks every field. */
  public HashedNet {
    Arguments.positive("hashednet", "buckets", buckets);
    Arguments.positive("hashednet", "gain", gain);
    Arguments.given("hashednet", "w0", w0);
  }

  /** As published, without W0. */
  public static HashedNet scratch(int buckets) {
    return new HashedNet(buckets, false, 1, FrozenWeight.none());
  }

  @Override
  public HashedNet withW0(FrozenWeight w0) {
    return new HashedNet(buckets, balanced, gain, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    long hashSeed = WeightSeed.FIRST_BASIS.seed(seed);
    LinearMap map = new LinearMap.Sharing(hashSeed, buckets, shape.elements(), balanced);
    Initial initial =
        w0 instanceof FrozenWeight.None
            ? Initial.normal(
                WeightSeed.FIRST_INITIAL.seed(seed), Math.sqrt(Arguments.variance(gain, shape)))
            : Initial.constant(0);
    Factor factor = Factor.ofVector("w", shape.rows(), shape.columns(), map, null, initial);
    return Factorization.of(shape, factor, w0, seed);
  }
}
