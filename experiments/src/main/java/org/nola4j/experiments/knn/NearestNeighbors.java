// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.knn;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Classifies vectors by a majority vote of their k nearest neighbors among known vectors. With k =
 * 1 on a pretrained network's features it is the paper's 1-NN (tables 6 and 7).
 *
 * <p>Distances follow from matrix products in double precision, block by block, and are compared in
 * float32, so the result does not depend on the order of summation. Ties of distances go to the
 * lower index, ties of votes to the class with the nearest neighbor. Vectors that differ by less
 * than about 1e-8 of their lengths count as equal.
 *
 * <p>For n known vectors and m others of length d, it takes 2 n m d operations, and memory for the
 * known vectors in double precision and 8 MB.
 */
public final class NearestNeighbors {
  /** Products in memory at a time: 8 MB. */
  private static final int BLOCK = 1 << 20;

  private final Metric metric;
  private final int k;
  private final int[] labels;
  private final INDArray known;
  private final double[] squares;

  /**
   * Creates a classifier from known vectors.
   *
   * @param metric the distance
   * @param k neighbors that vote, from 1 to the number of known vectors
   * @param features the known vectors, [n, d], float32
   * @param labels the class of each, from 0
   * @throws IllegalArgumentException if the lengths do not match, k is out of range, or a value is
   *     not finite
   */
  public NearestNeighbors(Metric metric, int k, INDArray features, int[] labels) {
    if (features.rank() != 2 || features.size(0) != labels.length) {
      throw new IllegalArgumentException(
          "%d labels need features of shape [%d, d], got %s"
              .formatted(labels.length, labels.length, Arrays.toString(features.shape())));
    }
    if (k < 1 || k > labels.length) {
      throw new IllegalArgumentException(
          "k must be 1 to %d, the number of known vectors, was %d".formatted(labels.length, k));
    }
    this.metric = metric;
    this.k = k;
    this.labels = labels.clone();
    known = finite(features);
    squares = squares(known);
  }

  /**
   * Finds the nearest known vectors of each given vector.
   *
   * @param features [m, d], float32
   * @return [m][k], indices of known vectors, nearest first
   * @throws IllegalArgumentException if the vectors have another length or are not finite
   */
  public int[][] neighbors(INDArray features) {
    if (features.rank() != 2 || features.size(1) != known.size(1)) {
      throw new IllegalArgumentException(
          "the known vectors have length %d, got features of shape %s"
              .formatted(known.size(1), Arrays.toString(features.shape())));
    }
    INDArray queries = finite(features);
    double[] querySquares = squares(queries);
    int[][] nearest = new int[querySquares.length][];
    int block = Math.max(1, BLOCK / squares.length);
    for (int from = 0; from < nearest.length; from += block) {
      int to = Math.min(from + block, nearest.length);
      double[] products = products(queries.get(NDArrayIndex.interval(from, to)));
      for (int query = from; query < to; query++) {
        nearest[query] = nearest(products, (query - from) * squares.length, querySquares[query]);
      }
    }
    return nearest;
  }

  /**
   * Classifies vectors.
   *
   * @param features [m, d], float32
   * @return one class per vector
   * @throws IllegalArgumentException if the vectors have another length or are not finite
   */
  public int[] classify(INDArray features) {
    return Arrays.stream(neighbors(features)).mapToInt(this::majority).toArray();
  }

  /**
   * Returns the fraction of vectors that are classified correctly.
   *
   * @param features [m, d], float32
   * @param wanted the correct class of each
   * @return 0 to 1
   * @throws IllegalArgumentException if the lengths do not match or a value is not finite
   */
  public double accuracy(INDArray features, int[] wanted) {
    if (features.size(0) != wanted.length || wanted.length == 0) {
      throw new IllegalArgumentException(
          "%d labels for %d vectors".formatted(wanted.length, features.size(0)));
    }
    int[] classes = classify(features);
    return IntStream.range(0, wanted.length).filter(i -> classes[i] == wanted[i]).count()
        / (double) wanted.length;
  }

  /** The products of each given vector with all known vectors, vector by vector. */
  private double[] products(INDArray queries) {
    try (INDArray products =
        Nd4j.createUninitialized(DataType.DOUBLE, new long[] {known.rows(), queries.rows()}, 'f')) {
      Nd4j.gemm(known, queries, products, false, true, 1, 0);
      return products.data().asDouble(); // column by column: a query's products together
    }
  }

  /**
   * The k nearest neighbors of a vector whose products with the known vectors begin at {@code
   * from}.
   */
  private int[] nearest(double[] products, int from, double square) {
    float[] distances = new float[squares.length];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = (float) metric.distance(products[from + i], square, squares[i]);
    }
    int[] nearest = new int[k];
    for (int j = 0; j < k; j++) {
      nearest[j] = least(distances);
      distances[nearest[j]] = Float.NaN; // taken
    }
    return nearest;
  }

  /** The index of the first minimum. */
  private static int least(float[] distances) {
    int least = -1;
    for (int i = 0; i < distances.length; i++) {
      if (!Float.isNaN(distances[i]) && (least < 0 || distances[i] < distances[least])) {
        least = i;
      }
    }
    return least;
  }

  private int majority(int[] neighbors) {
    int[] votes = new int[Arrays.stream(labels).max().orElseThrow() + 1];
    for (int neighbor : neighbors) {
      votes[labels[neighbor]]++;
    }
    int best = labels[neighbors[0]];
    for (int neighbor : neighbors) {
      best = votes[labels[neighbor]] > votes[best] ? labels[neighbor] : best;
    }
    return best;
  }

  /** The product of each vector with itself. */
  private static double[] squares(INDArray vectors) {
    return vectors.mul(vectors).sum(1).toDoubleVector();
  }

  /** The vectors in double precision, row by row. */
  private static INDArray finite(INDArray features) {
    INDArray vectors = features.castTo(DataType.DOUBLE).dup('c');
    double[] values = vectors.data().asDouble();
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "vector %d contains %s".formatted(i / vectors.columns(), values[i]));
      }
    }
    return vectors;
  }
}
