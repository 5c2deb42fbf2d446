// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.CompactProduct;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.arrays.Products;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.WeightShape;

/** The arrays of one weight in a runtime layer: factors that follow the trained vectors, and W0. */
public final class MaterializedWeight {
  private final WeightSpec spec;
  private final Factorization factorization;
  private final List<MaterializedFactor> factors;
  private final DataType type;

  /** The elements of a W0 that was given as float32; null for others. */
  private final FloatBuffer given;

  /** The products with a W0 of fewer bits; null for others. */
  private final CompactProduct compact;

  private INDArray frozen;
  private INDArray formed;
  private INDArray formedGradient;
  private INDArray change;
  private boolean stale = true;
  private long changes;

  /** Of what enters the factors; null for none. */
  private final AdapterDropout dropout;

  private boolean training;

  /** The factors of the examples of a batch, in order; empty for this weight's own. */
  private List<Share> shares = List.of();

  /** How many rows each example has in what is multiplied; null if all have equally many. */
  private int[] rowsByExample;

  /**
   * Neighboring examples of a batch and their factors.
   *
   * @param examples their number
   * @param factors the same weight with their adapter's factors
   */
  public record Share(int examples, MaterializedWeight factors) {}

  /**
   * A weight of a runtime layer.
   *
   * @param dropout the probability that a number is dropped before it enters the factors
   */
  public MaterializedWeight(
      WeightSpec spec,
      Factorization factorization,
      List<MaterializedFactor> factors,
      double dropout,
      DataType type) {
    this.dropout = dropout == 0 ? null : new AdapterDropout(dropout);
    this.spec = spec;
    this.factorization = factorization;
    this.factors = List.copyOf(factors);
    this.type = type;
    factorization.frozen().check(factorization.shape());
    FrozenWeight.Given w0 =
        factorization.frozen() instanceof FrozenWeight.Given values ? values : null;
    boolean fewer = w0 != null && w0.isCompact();
    this.given = w0 == null || fewer ? null : w0.elements(factorization.shape());
    this.compact = fewer ? new CompactProduct(w0.compact(factorization.shape())) : null;
  }

  public WeightSpec spec() {
    return spec;
  }

  public List<MaterializedFactor> factors() {
    return factors;
  }

  public void setShares(List<Share> shares) {
    this.shares = List.copyOf(shares);
  }

  /** Sets whether passes drop what enters the factors, if this weight has a dropout. */
  public void setTraining(boolean training) {
    this.training = training;
  }

  /** The dropout of passes as they are now; null for none. */
  AdapterDropout dropout() {
    return training && isTrained() && hasFrozen() ? dropout : null;
  }

  /** Whether the examples of a batch have factors of their own. */
  boolean isByExample() {
    return !shares.isEmpty();
  }

  /**
   * Sets how many rows each example has in what is multiplied; needed only where that differs.
   *
   * @param rows null if all examples have equally many
   */
  public void setRowsByExample(int[] rows) {
    rowsByExample = rows;
  }

  /** How many rows each of the examples has. */
  int[] rowsByExample(int examples, long rows) {
    int[] known = rowsByExample;
    if (known == null && rows % examples == 0) {
      known = new int[examples];
      Arrays.fill(known, Math.toIntExact(rows / examples));
    }
    if (known == null || known.length != examples) {
      throw new IllegalArgumentException(
          "expected a batch of %d examples, one for each adapter that was named, but %s"
              .formatted(
                  examples,
                  known == null ? "a layer got " + rows + " rows" : "got " + known.length));
    }
    return known;
  }

  List<Share> shares() {
    return shares;
  }

  /** Whether there are trained numbers; otherwise W is W0. */
  public boolean isTrained() {
    return !factors.isEmpty();
  }

  /** Whether the trained part is {@code scale * first * second}; otherwise it is {@code first}. */
  public boolean isLowRank() {
    return factorization.isLowRank();
  }

  /** Columns of W. */
  public int columns() {
    return factorization.shape().columns();
  }

  /** rows * columns of W. */
  public int elements() {
    return factorization.shape().elements();
  }

  /** s. */
  public float scale() {
    return factorization.scale();
  }

  /** The first or only factor. */
  public INDArray first() {
    return factors.get(0).elements();
  }

  /** The second factor. */
  public INDArray second() {
    return factors.get(1).elements();
  }

  /** The array for the gradient of the first or only factor; row-major. */
  public INDArray firstGradient() {
    return factors.get(0).gradient();
  }

  /** The array for the gradient of the second factor; row-major. */
  public INDArray secondGradient() {
    return factors.get(1).gradient();
  }

  /**
   * W0, or null; an array from the first call on, but a new one in each call where W0 {@link
   * #isCompact()}.
   */
  public INDArray frozen() {
    if (compact != null) {
      return compact.matrix(type);
    }
    if (frozen == null && hasFrozen()) {
      WeightShape shape = factorization.shape();
      frozen =
          factorization.frozen() instanceof FrozenWeight.Given values
              ? SharedArrays.of(values.sha256(), given, type, shape.rows(), shape.columns())
              : HostArrays.of(factorization.frozenWeight(), type, shape.rows(), shape.columns());
    }
    return frozen;
  }

  /** Whether W0 has fewer bits than float32; {@link WeightProduct} multiplies with it. */
  public boolean isCompact() {
    return compact != null;
  }

  /** The products with a W0 of fewer bits; null for others. */
  CompactProduct compact() {
    return compact;
  }

  /** Copies rows of a W0 that {@link #isCompact()}, one below the other. */
  public void copyFrozenRows(int[] rows, INDArray to) {
    compact.copyRows(rows, to);
  }

  /** Whether there is a W0. */
  public boolean hasFrozen() {
    return !(spec.method().w0() instanceof FrozenWeight.None);
  }

  /** The number of times that {@link #matrix()} was formed, so that copies can be checked. */
  public long changes() {
    return changes;
  }

  /** W itself, formed once after each change; do not write to it. */
  public INDArray matrix() {
    if (!isTrained()) {
      return frozen();
    }
    if (!isLowRank() && !hasFrozen()) {
      return first();
    }
    if (stale) {
      form();
      stale = false;
      changes++;
    }
    return formed;
  }

  /** W - W0 of a weight that is trained, formed anew; do not write to it. */
  public INDArray change() {
    if (!isLowRank()) {
      return first();
    }
    if (change == null) {
      change = like();
    }
    Products.multiply(first(), false, second(), false, change, scale(), 0);
    return change;
  }

  private void form() {
    if (formed == null) {
      formed = like();
    }
    if (!isLowRank()) {
      frozen().addi(first(), formed);
      return;
    }
    if (hasFrozen()) {
      formed.assign(frozen());
    }
    Products.multiply(first(), false, second(), false, formed, scale(), hasFrozen() ? 1 : 0);
  }

  /**
   * The array for the gradient of {@link #matrix()}, row-major, to fill before {@link
   * #distributeGradient()}.
   */
  public INDArray matrixGradient() {
    if (!isLowRank()) {
      return firstGradient();
    }
    if (formedGradient == null) {
      formedGradient = like();
    }
    return formedGradient;
  }

  /** Maps the gradient of W to those of its factors. */
  public void distributeGradient() {
    if (isLowRank()) {
      Products.multiply(formedGradient, false, second(), true, firstGradient(), scale(), 0);
      Products.multiply(first(), true, formedGradient, false, secondGradient(), scale(), 0);
    }
  }

  private INDArray like() {
    return HostArrays.allocate(
        first().dataType(), factorization.shape().rows(), factorization.shape().columns());
  }

  /** Adds copies of the factors that had to be computed, up to date. */
  public void copyFactors(List<float[]> copies) {
    refresh();
    factors.stream().filter(f -> !f.isParameter()).forEach(f -> copies.add(f.copy()));
  }

  /** Sets the factors to those that {@link #copyFactors} gave for the current trained vectors. */
  public void takeFactors(Iterator<float[]> copies) {
    factors.stream().filter(f -> !f.isParameter()).forEach(f -> f.take(copies.next()));
    stale = true;
  }

  /** Brings the factors of weights up to date that differ only in their trained vectors. */
  public static void expand(List<MaterializedWeight> weights) {
    for (int f = 0; f < weights.get(0).factors.size(); f++) {
      int factor = f;
      List<MaterializedFactor> changed =
          weights.stream()
              .map(weight -> weight.factors.get(factor))
              .filter(each -> !each.isParameter() && each.changed())
              .toList();
      if (!changed.isEmpty()) {
        MaterializedFactor.expand(changed);
      }
    }
  }

  /** Brings the factors up to date. */
  public void refresh() {
    for (MaterializedFactor factor : factors) {
      stale |= factor.refresh();
    }
  }
}
