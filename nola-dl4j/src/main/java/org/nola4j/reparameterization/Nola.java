// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.basis.Basis;
import org.nola4j.basis.Distribution;

/**
 * NOLA: {@code W = W0 + (c / r) (A0 + sum_i alpha_i A_i)(sum_j beta_j B_j)} with seeded random A_i
 * (m x r) and B_j (r x n); only alpha and beta are trained.
 *
 * <p>Cost of a pass: {@code m r log2 k + r n log2 l} additions with Hadamard bases, {@code m r k +
 * r n l} generated elements with uniform ones, nothing stored; trained numbers: {@code k + l},
 * regardless of the rank and the weight's size. Source: Koohpayegani et al., <i>NOLA</i>, ICLR
 * 2024, equation 2. The paper leaves the distribution of the bases and the initialization of the
 * coefficients open, and its two public releases differ: {@link #release2023} and {@link
 * #release2024}. {@link #scratch} is for training without a pretrained weight.
 *
 * @param rank r, columns of A and rows of B
 * @param k number of A_i and length of alpha
 * @param l number of B_j and length of beta
 * @param distribution of the basis elements; {@link Distribution#UNIFORM} where JSON names no law
 * @param basisScale factor of basis elements
 * @param initialization of alpha and beta; null for ZERO_BETA with a W0 and NORMAL without one
 * @param gain of {@link Initialization#NORMAL}, and without W0 of the others but {@link
 *     Initialization#EQUAL}: W - W0 starts with the variance of U(-1, 1) * gain / sqrt(fanIn)
 * @param c numerator of the scale s = c / r
 * @param anchor whether a seeded A0, uniform in (-1, 1) / sqrt(m), is added to A
 * @param w0 the frozen part
 */
public record Nola(
    @JsonProperty("rank") int rank,
    @JsonProperty("k") int k,
    @JsonProperty("l") int l,
    @JsonProperty(value = "law", defaultValue = "UNIFORM") Distribution distribution,
    @JsonProperty(value = "basisScale", defaultValue = "UNIT") BasisScale basisScale,
    @JsonProperty("initialization") Initialization initialization,
    @JsonProperty(value = "gain", defaultValue = "1") double gain,
    @JsonProperty(value = "c", defaultValue = "1") double c,
    @JsonProperty(value = "anchor", defaultValue = "false") boolean anchor,
    @JsonProperty("w0") FrozenWeight w0)
    implements Reparameterization {

  /** Initial values of alpha and beta. */
  public enum Initialization {
    /** alpha = 1/k, beta = 1/l: W - W0 starts tiny but not at zero. */
    EQUAL,
    /**
     * alpha = beta = 0: needs an anchor, since both gradients vanish without one. Without a W0,
     * beta starts as for {@link #ZERO_BETA}.
     */
    ZERO,
    /**
     * alpha normal with variance 1/k, beta = 0: W starts at W0. Without a W0, where layers of zeros
     * let neither numbers nor gradients through and would never be trained, beta is normal, such
     * that W has the variance that {@code gain} says.
     */
    ZERO_BETA,
    /** Both normal with equal variance, such that W - W0 has the variance given by {@code gain}. */
    NORMAL
  }

  /** Checks every field. */
  public Nola {
    Arguments.positive("nola", "rank", rank);
    Arguments.positive("nola", "k", k);
    Arguments.positive("nola", "l", l);
    Arguments.positive("nola", "gain", gain);
    Arguments.positive("nola", "c", c);
    Arguments.given("nola", "law", distribution);
    Arguments.given("nola", "basisScale", basisScale);
    Arguments.given("nola", "w0", w0);
    if (initialization == null) {
      initialization =
          w0 instanceof FrozenWeight.None ? Initialization.NORMAL : Initialization.ZERO_BETA;
    }
    if (initialization == Initialization.ZERO && !anchor) {
      throw new IllegalArgumentException(
          "nola: initialization ZERO needs an anchor: with alpha = beta = 0 both gradients are zero"
              + " for ever");
    }
  }

  /**
   * The formulation of the 2023 release: U(-1, 1) / sqrt(elements), alpha = 1/k, beta = 1/l, c = 1,
   * no W0.
   */
  public static Nola release2023(int rank, int k, int l) {
    return new Nola(
        rank,
        k,
        l,
        Distribution.UNIFORM,
        BasisScale.KAIMING,
        Initialization.EQUAL,
        1,
        1,
        false,
        FrozenWeight.none());
  }

  /**
   * The formulation of the 2024 release: U(-1, 1) / sqrt(k), zero coefficients on a seeded anchor
   * A0. It is meant for a W0; without one, as returned, beta starts normal (see {@link
   * Initialization#ZERO}).
   */
  public static Nola release2024(int rank, int k, int l) {
    return new Nola(
        rank,
        k,
        l,
        Distribution.UNIFORM,
        BasisScale.COUNT,
        Initialization.ZERO,
        1,
        1,
        true,
        FrozenWeight.none());
  }

  /**
   * For training from scratch without W0: Hadamard bases, normal coefficients that give W a
   * standard initial variance. The authors' releases have {@link Distribution#UNIFORM} ones.
   */
  public static Nola scratch(int rank, int k, int l) {
    return new Nola(
        rank,
        k,
        l,
        Distribution.HADAMARD,
        BasisScale.UNIT,
        Initialization.NORMAL,
        1,
        1,
        false,
        FrozenWeight.none());
  }

  /**
   * For training with a W0: Hadamard bases, beta = 0, so that training starts exactly from W0. The
   * authors' releases have {@link Distribution#UNIFORM} ones.
   */
  public static Nola on(FrozenWeight w0, int rank, int k, int l) {
    return new Nola(
        rank,
        k,
        l,
        Distribution.HADAMARD,
        BasisScale.UNIT,
        Initialization.ZERO_BETA,
        1,
        1,
        false,
        w0);
  }

  /** Returns a copy with another distribution. */
  public Nola withDistribution(Distribution distribution) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  /** Returns a copy with another basis scale. */
  public Nola withBasisScale(BasisScale basisScale) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  /** Returns a copy with another initialization. */
  public Nola withInitialization(Initialization initialization) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  /** Returns a copy with another gain. */
  public Nola withGain(double gain) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  /** Returns a copy with another numerator of the scale c / r. */
  public Nola withC(double c) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  /** Returns a copy with or without the anchor A0. */
  public Nola withAnchor(boolean anchor) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  @Override
  public Nola withW0(FrozenWeight w0) {
    return new Nola(rank, k, l, distribution, basisScale, initialization, gain, c, anchor, w0);
  }

  @Override
  public Nola fitting(WeightShape shape) {
    int fits = Math.min(rank, Math.min(shape.rows(), shape.columns()));
    if (fits == rank) {
      return this;
    }
    return new Nola(
        fits, k, l, distribution, basisScale, initialization, gain, c * fits / rank, anchor, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    Arguments.rankFits("nola", rank, shape);
    int m = shape.rows();
    int n = shape.columns();
    Basis first = basis(WeightSeed.FIRST_BASIS.seed(seed), k, Math.multiplyExact(m, rank));
    Basis second = basis(WeightSeed.SECOND_BASIS.seed(seed), l, Math.multiplyExact(rank, n));
    Basis a0 =
        anchor
            ? new Basis(
                WeightSeed.ANCHOR.seed(seed),
                Distribution.UNIFORM,
                (float) (1 / Math.sqrt(m)),
                1,
                first.length())
            : null;
    double sigma = sigma(shape, first, second);
    Factor a =
        Factor.ofVector(
            "alpha",
            m,
            rank,
            new LinearMap.Combination(first),
            a0,
            alpha(WeightSeed.FIRST_INITIAL.seed(seed), sigma));
    Factor b =
        Factor.ofVector(
            "beta",
            rank,
            n,
            new LinearMap.Combination(second),
            null,
            beta(WeightSeed.SECOND_INITIAL.seed(seed), shape, squareOfA(first, a0), second, sigma));
    return Factorization.lowRank(shape, a, b, c, w0, seed);
  }

  private Basis basis(long seed, int count, int length) {
    return new Basis(seed, distribution, (float) basisScale.of(count, length), count, length);
  }

  private Initial alpha(long seed, double sigma) {
    return switch (initialization) {
      case EQUAL -> Initial.constant(1.0 / k);
      case ZERO -> Initial.constant(0);
      case ZERO_BETA -> Initial.normal(seed, Math.sqrt(1.0 / k));
      case NORMAL -> Initial.normal(seed, sigma);
    };
  }

  private Initial beta(long seed, WeightShape shape, double squareOfA, Basis second, double sigma) {
    return switch (initialization) {
      case EQUAL -> Initial.constant(1.0 / l);
      case ZERO, ZERO_BETA ->
          w0 instanceof FrozenWeight.None
              ? Initial.normal(seed, sigmaOfBeta(shape, squareOfA, second))
              : Initial.constant(0);
      case NORMAL -> Initial.normal(seed, sigma);
    };
  }

  /** The mean square of A's elements where beta starts at zero on a W0. */
  private double squareOfA(Basis first, Basis a0) {
    double combined = initialization == Initialization.ZERO ? 0 : first.variance();
    return a0 == null ? combined : combined + a0.variance();
  }

  /** From Var(W) = s^2 r v (l sigma^2 v_B), where v is the mean square of A's elements. */
  private double sigmaOfBeta(WeightShape shape, double squareOfA, Basis second) {
    double s = c / rank;
    double perSigma2 = s * s * rank * squareOfA * l * second.variance();
    return Math.sqrt(Arguments.variance(gain, shape) / perSigma2);
  }

  /** From Var(W) = s^2 r (k sigma^2 v_A) (l sigma^2 v_B). */
  private double sigma(WeightShape shape, Basis first, Basis second) {
    double s = c / rank;
    double perSigma4 = s * s * rank * k * first.variance() * l * second.variance();
    return Math.pow(Arguments.variance(gain, shape) / perSigma4, 0.25);
  }
}
