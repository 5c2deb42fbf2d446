// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.util.List;
import java.util.Map;

/**
 * A weight as a reparameterization builds it: {@code W = W0 + F} or {@code W = W0 + (c / r) A B}.
 *
 * @param shape of W
 * @param factors one (rows x columns) or two (rows x rank, rank x columns); none where W is W0
 * @param c numerator of the scale s = c / r of two factors
 * @param frozen where W0 comes from
 * @param frozenSeed seed of a seeded W0
 */
public record Factorization(
    WeightShape shape, List<Factor> factors, double c, FrozenWeight frozen, long frozenSeed) {

  /** Checks that the factors make a weight of this shape. */
  public Factorization {
    factors = List.copyOf(factors);
    if (!factors.isEmpty()) {
      Factor first = factors.get(0);
      Factor last = factors.get(factors.size() - 1);
      boolean chained = factors.size() == 1 || first.columns() == last.rows();
      if (factors.size() > 2
          || !chained
          || first.rows() != shape.rows()
          || last.columns() != shape.columns()) {
        throw new IllegalArgumentException(
            "one or two factors must make a weight of "
                + shape
                + ", but they are "
                + factors.stream().map(f -> f.rows() + " x " + f.columns()).toList());
      }
      if (factors.size() == 2 && first.parameter().equals(last.parameter())) {
        throw new IllegalArgumentException(
            "two factors need two trained vectors, but both are \"%s\""
                .formatted(first.parameter()));
      }
    }
  }

  /**
   * {@code W = W0 + (c / r) A B}.
   *
   * @param seed of the weight
   */
  public static Factorization lowRank(
      WeightShape shape, Factor a, Factor b, double c, FrozenWeight w0, long seed) {
    return new Factorization(shape, List.of(a, b), c, w0, WeightSeed.W0.seed(seed));
  }

  /**
   * {@code W = W0 + F}.
   *
   * @param seed of the weight
   */
  public static Factorization of(WeightShape shape, Factor factor, FrozenWeight w0, long seed) {
    return new Factorization(shape, List.of(factor), 1, w0, WeightSeed.W0.seed(seed));
  }

  /**
   * {@code W = W0}.
   *
   * @param seed of the weight
   */
  public static Factorization frozen(WeightShape shape, FrozenWeight w0, long seed) {
    return new Factorization(shape, List.of(), 1, w0, WeightSeed.W0.seed(seed));
  }

  /** s = c / r, or 1 where there are not two factors. */
  public float scale() {
    return isLowRank() ? (float) (c / rank()) : 1;
  }

  /** r, columns of A and rows of B, where there are two factors. */
  public int rank() {
    return factors.get(0).columns();
  }

  /** Whether anything is trained; otherwise W is W0. */
  public boolean isTrained() {
    return !factors.isEmpty();
  }

  /** Whether every element of the weight is trained itself, so that nothing is compressed. */
  public boolean isElementwise() {
    return factors.size() == 1 && factors.get(0).isParameter();
  }

  /** Whether W is a product of two factors, so that it need not be formed to multiply by it. */
  public boolean isLowRank() {
    return factors.size() == 2;
  }

  /**
   * How far W's elements move (root mean square) where every trained number moves by one, up or
   * down: 1 for a dense weight, {@code s sqrt(r (k v_A b^2 + a^2 l v_B))} for NOLA, where v_A and
   * v_B are the variances of the bases' elements and a and b the sizes of the elements of A and B.
   * An Adam step moves each trained number by about the learning rate, so the rate divided by this
   * moves W as far as the rate moves a dense weight.
   *
   * <p>a and b are the initial sizes or, where A B starts smaller than a standard random weight,
   * the sizes at which it is as large: the closer the factors are to zero, the smaller the effect
   * of a step, but they grow with every step.
   */
  public double elementStep() {
    if (!isTrained()) {
      return 0;
    }
    double u = factors.get(0).map().elementStep();
    if (!isLowRank()) {
      return u;
    }
    double v = factors.get(1).map().elementStep();
    double root = scale() * Math.sqrt(rank());
    double a2 = Math.pow(factors.get(0).initialSize(), 2);
    double b2 = Math.pow(factors.get(1).initialSize(), 2);
    double usual = Math.sqrt(Arguments.variance(1, shape)) / root;
    double t2 = squareOfWay(a2, u * u, b2, v * v, usual * usual);
    return root * Math.sqrt(u * u * (b2 + v * v * t2) + (a2 + u * u * t2) * v * v);
  }

  /** The t^2 with (a2 + u2 t^2)(b2 + v2 t^2) = product; 0 where a2 b2 is as much or more. */
  private static double squareOfWay(double a2, double u2, double b2, double v2, double product) {
    double missing = product - a2 * b2;
    if (missing <= 0) {
      return 0;
    }
    double linear = a2 * v2 + b2 * u2;
    // This form of the root loses no digits where the quadratic term is small.
    return 2 * missing / (linear + Math.sqrt(linear * linear + 4 * u2 * v2 * missing));
  }

  /** Trained numbers. */
  public int parameters() {
    return factors.stream().mapToInt(factor -> factor.map().parameters()).sum();
  }

  /**
   * Elements of the bases that one pass uses, most of them never formed if bases are structured;
   * storing them would take four bytes each.
   */
  public long generatedElements() {
    return factors.stream().mapToLong(factor -> factor.map().generatedElements()).sum();
  }

  /** W0 in row-major order, or null when there is none. */
  public float[] frozenWeight() {
    return frozen.materialize(shape, frozenSeed);
  }

  /**
   * The whole weight in row-major order, for merging, export and tests; costs rows * columns * rank
   * multiplications.
   *
   * <p>Every sum is in float32 in order of the rank, so that a reader in another language can give
   * the same bits.
   *
   * @param parameters the trained vectors by name
   */
  public float[] weight(Map<String, float[]> parameters) {
    if (!isTrained()) {
      return frozenWeight();
    }
    float[] product = expanded(0, parameters);
    if (isLowRank()) {
      product = multiply(product, expanded(1, parameters));
    }
    float[] w0 = frozenWeight();
    if (w0 != null) {
      for (int e = 0; e < product.length; e++) {
        product[e] = w0[e] + product[e];
      }
    }
    return product;
  }

  private float[] expanded(int index, Map<String, float[]> parameters) {
    Factor factor = factors.get(index);
    float[] elements = new float[factor.elements()];
    factor.expand(parameters.get(factor.parameter()), elements);
    return elements;
  }

  private float[] multiply(float[] a, float[] b) {
    int rank = rank();
    float s = scale();
    int n = shape.columns();
    float[] product = new float[shape.elements()];
    for (int i = 0; i < shape.rows(); i++) {
      for (int q = 0; q < rank; q++) {
        float aiq = a[i * rank + q];
        for (int j = 0; j < n; j++) {
          product[i * n + j] += aiq * b[q * n + j];
        }
      }
    }
    for (int e = 0; e < product.length; e++) {
      product[e] *= s;
    }
    return product;
  }
}
