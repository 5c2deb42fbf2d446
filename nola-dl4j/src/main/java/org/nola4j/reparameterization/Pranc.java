// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;

/**
 * PRANC: {@code W = W0 + sum_i alpha_i P_i} with seeded random P_i of the weight's own size
 * (Nooralinejad et al., <i>PRANC: Pseudo RAndom Networks for Compacting deep models</i>, ICCV
 * 2023), one vector alpha per weight.
 *
 * <p>Cost of a pass: {@code k m n} generated elements, nothing stored; trained numbers: k.
 *
 * @param k number of P_i and length of alpha
 * @param distribution of the basis elements
 * @param basisScale factor of basis elements; {@link BasisScale#KAIMING} is 1 / sqrt(fanIn), as
 *     PRANC draws them
 * @param initialization of alpha; null for ZERO with a W0 and FIRST without one
 * @param gain of {@link Initialization#NORMAL}, and of {@link Initialization#ZERO} without W0
 * @param w0 the frozen part
 */
public record Pranc(
    @JsonProperty("k") int k,
    @JsonProperty(value = "law", defaultValue = "UNIFORM") Distribution distribution,
    @JsonProperty(value = "basisScale", defaultValue = "KAIMING") BasisScale basisScale,
    @JsonProperty("initialization") Initialization initialization,
    @JsonProperty(value = "gain", defaultValue = "1") double gain,
    @JsonProperty("w0") FrozenWeight w0)
    implements Reparameterization {

  /** Initial values of alpha. */
  public enum Initialization {
    /**
     * (1, 0, 0, ...): training starts from the first random network, as in PRANC's code. Of one-hot
     * vectors the first is nearly all zeros: without W0 training starts as for {@link #NORMAL}
     * then.
     */
    FIRST,
    /** Zero: training starts from W0. Without one it starts as {@link #NORMAL} does. */
    ZERO,
    /** Normal, such that W - W0 has the variance of U(-1, 1) * gain / sqrt(fanIn). */
    NORMAL
  }

  /** Checks every field. */
  public Pranc {
    Arguments.positive("pranc", "k", k);
    Arguments.positive("pranc", "gain", gain);
    Arguments.given("pranc", "law", distribution);
    Arguments.given("pranc", "basisScale", basisScale);
    Arguments.given("pranc", "w0", w0);
    if (initialization == null) {
      initialization = w0 instanceof FrozenWeight.None ? Initialization.FIRST : Initialization.ZERO;
    }
  }

  /** As in PRANC's code: U(-1, 1) / sqrt(fanIn), alpha = (1, 0, 0, ...), no W0. */
  public static Pranc scratch(int k) {
    return new Pranc(
        k, Distribution.UNIFORM, BasisScale.KAIMING, Initialization.FIRST, 1, FrozenWeight.none());
  }

  /** On a W0: alpha = 0. */
  public static Pranc on(FrozenWeight w0, int k) {
    return new Pranc(k, Distribution.UNIFORM, BasisScale.KAIMING, Initialization.ZERO, 1, w0);
  }

  @Override
  public Pranc withW0(FrozenWeight w0) {
    return new Pranc(k, distribution, basisScale, initialization, gain, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    float scale = (float) basisScale.of(k, shape.fanIn());
    Basis basis =
        new Basis(WeightSeed.FIRST_BASIS.seed(seed), distribution, scale, k, shape.elements());
    double sigma = Math.sqrt(Arguments.variance(gain, shape) / (k * basis.variance()));
    boolean alone = w0 instanceof FrozenWeight.None;
    Initial normal = Initial.normal(WeightSeed.FIRST_INITIAL.seed(seed), sigma);
    Initial initial =
        switch (initialization) {
          case FIRST -> alone && distribution == Distribution.ONE_HOT ? normal : Initial.first();
          case ZERO -> alone ? normal : Initial.constant(0);
          case NORMAL -> normal;
        };
    Factor factor =
        Factor.ofVector(
            "alpha",
            shape.rows(),
            shape.columns(),
            new LinearMap.Combination(basis),
            null,
            initial);
    return Factorization.of(shape, factor, w0, seed);
  }
}
