package org.nola4j.reparameterization;

import java.util.List;
import java.util.Map;

/**
 * What a reparameterization makes of one weight: {@code W = W0 + F} or {@code W = W0 + (c / r) A
 * B}.
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
    return new Factorization(shape, List.of(a, b), c, w0, Parts.W0.seed(seed));
  }

  /**
   * {@code W = W0 + F}.
   *
   * @param seed of the weight
   */
  public static Factorization of(WeightShape shape, Factor factor, FrozenWeight w0, long seed) {
    return new Factorization(shape, List.of(factor), 1, w0, Parts.W0.seed(seed));
  }

  /**
   * {@code W = W0}.
   *
   * @param seed of the weight
   */
  public static Factorization frozen(WeightShape shape, FrozenWeight w0, long seed) {
    return new Factorization(shape, List.of(), 1, w0, Parts.W0.seed(seed));
  }

  /** s = c / r, or 1 where there are not two factors. */
  public float scale() {
    return isLowRank() ? (float) (c / rank()) : 1;
  }

  /** r, columns of A and rows of B, where there are two factors. */
  public int rank() {
    return factors.get(0).columns();
  }

  /** Whether something is trained; otherwise W is W0. */
  public boolean isTrained() {
    return !factors.isEmpty();
  }

  /** Whether every element of the weight is trained itself, so that nothing is compressed. */
  public boolean isElementwise() {
    return factors.size() == 1 && factors.get(0).isParameter();
  }

  /** Whether W is a product of two factors, which need not be formed to multiply with it. */
  public boolean isLowRank() {
    return factors.size() == 2;
  }

  /** Trained numbers. */
  public int parameters() {
    return factors.stream().mapToInt(factor -> factor.map().parameters()).sum();
  }

  /** Elements that one pass generates from seeds; the bytes never stored are four times as many. */
  public long generatedElements() {
    return factors.stream().mapToLong(factor -> factor.map().generatedElements()).sum();
  }

  /** W0 in row-major order, or null when there is none. */
  public float[] frozenWeight() {
    return frozen.materialize(shape, frozenSeed);
  }

  /**
   * The whole weight, row-major, for merging, export and tests; costs rows * columns * rank
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
