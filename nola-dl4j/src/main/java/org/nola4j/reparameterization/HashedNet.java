package org.nola4j.reparameterization;

import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.basis.Buckets;

/**
 * HashedNet: {@code W_e = W0_e + sign(e) w[bucket(e)]} (Chen et al., <i>Compressing Neural Networks
 * with the Hashing Trick</i>, ICML 2015); trained numbers: one a bucket.
 *
 * <p>Without W0 the values start normal with the variance of U(-1, 1) * gain / sqrt(fanIn), on a W0
 * at zero.
 *
 * @param buckets length of w
 * @param balanced false: hashed buckets and signs, as published; true: equal buckets without signs,
 *     the relative in PRANC's code
 * @param gain of the start without W0
 * @param w0 the frozen part
 */
public record HashedNet(
    @JsonProperty("buckets") int buckets,
    @JsonProperty("balanced") boolean balanced,
    @JsonProperty("gain") double gain,
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
  public String method() {
    return "hashednet";
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    long hashSeed = Parts.FIRST_BASIS.seed(seed);
    Buckets map =
        balanced
            ? Buckets.balanced(hashSeed, buckets, shape.elements())
            : Buckets.hashed(hashSeed, buckets, shape.elements());
    Initial initial =
        w0 instanceof FrozenWeight.None
            ? Initial.normal(
                Parts.FIRST_INITIAL.seed(seed), Math.sqrt(Arguments.variance(gain, shape)))
            : Initial.constant(0);
    Factor factor =
        Factor.ofVector(
            "w", shape.rows(), shape.columns(), new LinearMap.Sharing(map), null, initial);
    return new Factorization(shape, List.of(factor), 1, w0, Parts.W0.seed(seed));
  }
}
