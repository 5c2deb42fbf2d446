// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.internal.arrays.BiasedProduct;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.arrays.Products;

/**
 * {@code x W} and its gradients for one weight of one runtime layer.
 *
 * <p>A low-rank W is multiplied factor by factor, {@code x W0 + s (x A) B}, and neither it nor its
 * gradient is formed, unless that is cheaper: for n rows of x the factors cost {@code n * rank *
 * (rows + columns)} multiplications forward and twice that backward. A weight without trained
 * numbers costs no gradient of its own. With a W0 of fewer bits, or with dropout of what enters the
 * factors, W is never formed.
 *
 * <p>Keeps {@code x A} between the passes: n * rank numbers, and as many for its gradient.
 */
public final class WeightProduct {
  private final boolean constantRow;
  private final BiasedProduct biased = new BiasedProduct();
  private INDArray hidden;
  private INDArray hiddenGradient;

  /** Of the last forward pass; null for none. */
  private AdapterDropout dropout;

  /** For weights whose rows are the inputs. */
  public WeightProduct() {
    this(false);
  }

  /**
   * For weights whose rows are the inputs.
   *
   * @param constantRow whether there is one row more, which a constant input of one multiplies
   */
  public WeightProduct(boolean constantRow) {
    this.constantRow = constantRow;
  }

  /** {@code result = x W}, or with {@code add} {@code result += x W}; result row-major. */
  public void forward(INDArray x, MaterializedWeight weight, INDArray result, boolean add) {
    if (!isApart(x.size(0), weight)) {
      dropout = null;
      multiply(x, weight.matrix(), result, add);
      return;
    }
    if (weight.hasFrozen()) {
      forwardFrozen(x, weight, result, add);
    }
    if (weight.isTrained()) {
      factors(x, weight, result, add || weight.hasFrozen());
    }
  }

  /**
   * {@code result = x W + b}, or with {@code add} {@code result += x W + b}; result row-major. In
   * one go, where there is a product with a whole matrix.
   *
   * @param bias null for none
   */
  public void forward(
      INDArray x, MaterializedWeight weight, INDArray bias, INDArray result, boolean add) {
    INDArray matrix = constantRow ? null : whole(x.size(0), weight);
    if (matrix == null || !BiasedProduct.takes(x, matrix, result)) {
      forward(x, weight, result, add);
      if (bias != null) {
        result.addiRowVector(bias);
      }
      return;
    }
    dropout = null;
    biased.multiply(x, matrix, bias, result, add);
    if (isApart(x.size(0), weight)) {
      addFactors(x, weight, result);
    }
  }

  /** Whether {@link #forward} of n rows multiplies by W0 and by the factors instead of by W. */
  private static boolean isApart(long n, MaterializedWeight weight) {
    return weight.isCompact() || weight.dropout() != null || isFactored(n, weight);
  }

  /** {@code result = x W0}, or with {@code add} {@code result += x W0}; there must be a W0. */
  public void forwardFrozen(INDArray x, MaterializedWeight weight, INDArray result, boolean add) {
    if (weight.isCompact() && !constantRow) {
      weight.compact().multiply(x, result, add);
    } else {
      multiply(x, weight.frozen(), result, add);
    }
  }

  /** {@code below = delta W0'}, or with {@code add} {@code below += delta W0'}. */
  public void backwardFrozen(
      INDArray delta, MaterializedWeight weight, INDArray below, boolean add) {
    if (weight.isCompact() && !constantRow) {
      weight.compact().multiplyTransposed(delta, below, add);
    } else {
      multiplyTransposed(delta, weight.frozen(), below, add);
    }
  }

  /**
   * The matrix that {@link #forward} multiplies all of x by before it adds {@linkplain #addFactors
   * factors} where {@link #isApart}; null where there is none, or none of float32.
   */
  private static INDArray whole(long n, MaterializedWeight weight) {
    if (weight.isCompact()) {
      return null;
    }
    if (!isApart(n, weight)) {
      return weight.matrix();
    }
    return weight.hasFrozen() ? weight.frozen() : null;
  }

  /**
   * {@code result += x (W - W0)}: {@code s (x A) B} of a low-rank weight, factor by factor
   * regardless of cost.
   */
  public void addFactors(INDArray x, MaterializedWeight weight, INDArray result) {
    factors(x, weight, result, true);
  }

  private void factors(INDArray x, MaterializedWeight weight, INDArray result, boolean add) {
    dropout = weight.dropout();
    if (dropout != null) {
      dropout.draw();
    }
    INDArray dropped = dropped(x);
    if (weight.isLowRank()) {
      lowRank(dropped, weight, result, add);
    } else {
      multiply(dropped, weight.first(), result, add);
    }
    close(dropped, x);
  }

  /** What enters the factors: x itself without dropout, otherwise a copy. */
  private INDArray dropped(INDArray x) {
    return dropout == null ? x : dropout.apply(x);
  }

  @SuppressWarnings("ReferenceEquality") // a copy, or not
  private static void close(INDArray dropped, INDArray x) {
    if (dropped != x) {
      dropped.close();
    }
  }

  private void lowRank(INDArray x, MaterializedWeight weight, INDArray result, boolean add) {
    hidden = fitting(hidden, x, weight.first().size(1));
    if (!weight.isByExample()) {
      factors(x, weight, hidden, result, add);
    } else {
      shares(HostArrays.plain(x), weight, result, add);
    }
  }

  /** Multiplies each share of the rows by its own factors. */
  private void shares(INDArray x, MaterializedWeight weight, INDArray result, boolean add) {
    long rows = x.size(0);
    int examples = weight.shares().stream().mapToInt(MaterializedWeight.Share::examples).sum();
    int[] rowsByExample = weight.rowsByExample(examples, rows);
    int example = 0;
    long from = 0;
    for (MaterializedWeight.Share share : weight.shares()) {
      int end = example + share.examples();
      long to = from + Arrays.stream(rowsByExample, example, end).sum();
      factors(
          HostArrays.rows(x, from, to),
          share.factors(),
          HostArrays.rows(hidden, from, to),
          HostArrays.rows(result, from, to),
          add);
      example = end;
      from = to;
    }
  }

  private void factors(
      INDArray x, MaterializedWeight weight, INDArray hidden, INDArray result, boolean add) {
    multiply(x, weight.first(), hidden, false);
    double beta = add ? 1 : 0;
    Products.multiply(hidden, false, weight.second(), false, result, weight.scale(), beta);
  }

  /**
   * Writes the gradients of the weight's factors, after {@link #forward} with the same x.
   *
   * @param x may be null where {@link #needsInput} says no
   * @param delta gradient of {@code x W}
   * @param below receives the gradient of x, row-major, which is added with {@code add}; null if it
   *     is not needed
   */
  public void backward(
      INDArray x, INDArray delta, MaterializedWeight weight, INDArray below, boolean add) {
    boolean apart = dropout != null || isApart(delta.size(0), weight);
    if (weight.isTrained() && apart) {
      factorGradients(x, delta, weight);
    } else if (weight.isTrained()) {
      matrixGradient(x, delta, weight.matrixGradient());
      weight.distributeGradient();
    }
    if (below == null) {
      return;
    }
    if (!apart) {
      multiplyTransposed(delta, weight.matrix(), below, add);
      return;
    }
    if (weight.hasFrozen()) {
      backwardFrozen(delta, weight, below, add);
    }
    if (weight.isTrained()) {
      factorsBelow(delta, weight, below, add || weight.hasFrozen());
    }
  }

  /** Adds the factors' part of the gradient of x, after {@link #factorGradients}. */
  public void addFactorsBelow(INDArray delta, MaterializedWeight weight, INDArray below) {
    factorsBelow(delta, weight, below, true);
  }

  private void factorsBelow(
      INDArray delta, MaterializedWeight weight, INDArray below, boolean add) {
    INDArray above = weight.isLowRank() ? hiddenGradient : delta;
    if (dropout == null) {
      multiplyTransposed(above, weight.first(), below, add);
      return;
    }
    INDArray part = HostArrays.allocate(below.dataType(), below.shape());
    multiplyTransposed(above, weight.first(), part, false);
    INDArray dropped = dropped(part);
    if (add) {
      below.addi(dropped);
    } else {
      below.assign(dropped);
    }
    part.close();
    dropped.close();
  }

  /** Whether {@link #backward} needs x. */
  public static boolean needsInput(MaterializedWeight weight) {
    return weight.isTrained();
  }

  /** Writes the gradients of the factors, after {@link #addFactors} with the same x. */
  public void factorGradients(INDArray x, INDArray delta, MaterializedWeight weight) {
    INDArray dropped = dropped(x);
    if (weight.isLowRank()) {
      hiddenGradient = fitting(hiddenGradient, x, weight.first().size(1));
      Products.multiply(delta, false, weight.second(), true, hiddenGradient, weight.scale(), 0);
      Products.multiply(hidden, true, delta, false, weight.secondGradient(), weight.scale(), 0);
      matrixGradient(dropped, hiddenGradient, weight.firstGradient());
    } else {
      matrixGradient(dropped, delta, weight.firstGradient());
    }
    close(dropped, x);
  }

  /**
   * Compares the multiplications of a forward and a backward pass: three products with both
   * factors, against one to three with W and three to form it and to distribute its gradient.
   */
  private static boolean isFactored(long n, MaterializedWeight weight) {
    if (!weight.isLowRank()) {
      return false;
    }
    if (weight.isByExample()) {
      return true;
    }
    long rows = weight.first().size(0);
    long columns = weight.second().size(1);
    long rank = weight.first().size(1);
    long savedProducts = weight.hasFrozen() ? 1 : 3;
    return 3 * n * rank * (rows + columns) <= rows * columns * (savedProducts * n + 3 * rank);
  }

  private void multiply(INDArray x, INDArray matrix, INDArray result, boolean add) {
    Products.multiply(x, false, upper(matrix), false, result, 1, add ? 1 : 0);
    if (constantRow) {
      result.addiRowVector(lastRow(matrix));
    }
  }

  private void multiplyTransposed(INDArray delta, INDArray matrix, INDArray below, boolean add) {
    Products.multiply(delta, false, upper(matrix), true, below, 1, add ? 1 : 0);
  }

  private void matrixGradient(INDArray x, INDArray delta, INDArray gradient) {
    Products.multiply(x, true, delta, false, upper(gradient), 1, 0);
    if (constantRow) {
      Products.sumRows(delta, lastRow(gradient));
    }
  }

  private INDArray upper(INDArray matrix) {
    return constantRow
        ? matrix.get(NDArrayIndex.interval(0, matrix.size(0) - 1), NDArrayIndex.all())
        : matrix;
  }

  /** Avoids interval indexing, which gives an empty array for some offsets of a view. */
  private static INDArray lastRow(INDArray matrix) {
    return matrix.getRow(matrix.size(0) - 1, true);
  }

  /** The array kept from the last pass if it still fits. */
  private static INDArray fitting(INDArray kept, INDArray x, long columns) {
    return HostArrays.within(kept, x.dataType(), x.size(0), columns);
  }
}
