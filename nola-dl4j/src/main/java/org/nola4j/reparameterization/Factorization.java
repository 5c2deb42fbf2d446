package org.nola4j.reparameterization;

import java.util.List;
import java.util.Map;

/**
 * What a reparameterization makes of one weight: {@code W = W0 + scale * F1 [F2]}.
 *
 * @param shape of W
 * @param factors one (rows x columns) or two (rows x rank, rank x columns); none where W is W0
 * @param scale s; 1 when there is one factor
 * @param frozen where W0 comes from
 * @param frozenSeed seed of a seeded W0
 */
public record Factorization(
    WeightShape shape, List<Factor> factors, float scale, FrozenWeight frozen, long frozenSeed) {

  /** Keeps its own copy of the list. */
  public Factorization {
    factors = List.copyOf(factors);
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
    return factors.stream()
        .map(Factor::map)
        .mapToLong(map -> map instanceof LinearMap.Combination c ? c.basis().elements() : 0)
        .sum();
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
    if (factors.isEmpty()) {
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
    int rank = factors.get(0).columns();
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
      product[e] *= scale;
    }
    return product;
  }
}
