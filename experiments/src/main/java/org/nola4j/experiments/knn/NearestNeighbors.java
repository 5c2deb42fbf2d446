package org.nola4j.experiments.knn;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Classifies vectors by the majority of their k nearest neighbours among known ones: with k = 1 on
 * a pretrained network's features, the paper's 1-NN (tables 6 and 7).
 *
 * <p>Distances of all pairs come from matrix products of float32, block by block. They only choose
 * candidates, with a margin for their rounding; of these, distances are summed up in double
 * precision and compared as float32 numbers. So the result does not depend on how a product is
 * computed, and is that of comparing all pairs. Equal distances go to the lower index, equal votes
 * to the class with the nearest neighbour.
 *
 * <p>For n known vectors and m others of length d: 2 n m d operations, and in memory the known
 * vectors twice and 8 MB.
 */
public final class NearestNeighbors {
  /** Products held at a time: 4 MB. */
  private static final int BLOCK = 1 << 20;

  /** Half the distance from 1 to the next float32. */
  private static final double ROUNDING = 0x1p-24;

  private final Metric metric;
  private final int k;
  private final int[] labels;
  private final float[][] known;
  private final double[] norms;
  private final double greatestNorm;
  private final INDArray matrix;
  private final float[] offsets;

  /**
   * Keeps the known vectors.
   *
   * @param metric what near means
   * @param k neighbours that vote, from 1 to the number of known vectors
   * @param features the known vectors, [n, d], float32
   * @param labels the class of each, from 0
   * @throws IllegalArgumentException if the lengths disagree, k is out of range, or a value is not
   *     finite
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
    known = rows(features);
    norms = Arrays.stream(known).mapToDouble(NearestNeighbors::norm).toArray();
    greatestNorm = Arrays.stream(norms).max().orElseThrow();
    matrix = Nd4j.createFromArray(metric == Metric.COSINE ? scaled() : known);
    offsets = offsets();
  }

  /**
   * The nearest known vectors of each given one.
   *
   * @param features [m, d], float32
   * @return [m][k], indices of known vectors, nearest first
   * @throws IllegalArgumentException if the vectors are of another length or not finite
   */
  public int[][] neighbors(INDArray features) {
    if (features.rank() != 2 || features.size(1) != matrix.size(1)) {
      throw new IllegalArgumentException(
          "the known vectors have length %d, got features of shape %s"
              .formatted(matrix.size(1), Arrays.toString(features.shape())));
    }
    float[][] queries = rows(features);
    int[][] nearest = new int[queries.length][];
    int block = Math.max(1, BLOCK / known.length);
    for (int from = 0; from < queries.length; from += block) {
      int to = Math.min(from + block, queries.length);
      float[] products = products(Arrays.copyOfRange(queries, from, to));
      for (int query = from; query < to; query++) {
        nearest[query] = nearest(queries[query], products, (query - from) * known.length);
      }
    }
    return nearest;
  }

  /**
   * The class of each vector.
   *
   * @param features [m, d], float32
   * @return one class a vector
   * @throws IllegalArgumentException if the vectors are of another length or not finite
   */
  public int[] classify(INDArray features) {
    return Arrays.stream(neighbors(features)).mapToInt(this::majority).toArray();
  }

  /**
   * The share of vectors that are classified as they should be.
   *
   * @param features [m, d], float32
   * @param wanted the class of each
   * @return 0 to 1
   * @throws IllegalArgumentException if the lengths disagree or a value is not finite
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

  /** The products of each given vector with all known ones, vector by vector. */
  private float[] products(float[][] queries) {
    try (INDArray block = Nd4j.createFromArray(queries);
        INDArray products =
            Nd4j.createUninitialized(
                DataType.FLOAT, new long[] {known.length, queries.length}, 'f')) {
      Nd4j.gemm(matrix, block, products, false, true, 1, 0);
      return products.data().asFloat(); // column by column: a query's products together
    }
  }

  private int[] nearest(float[] query, float[] products, int from) {
    float[] scores = new float[known.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = products[from + i] - offsets[i];
    }
    double length = norm(query);
    double least = kthLargest(scores) - 2 * margin(length);
    int[] candidates = IntStream.range(0, scores.length).filter(i -> scores[i] >= least).toArray();
    float[] distances = new float[known.length];
    for (int i : candidates) {
      distances[i] = distance(query, length, i);
    }
    return Arrays.stream(candidates)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(i -> distances[i]).thenComparing(i -> i))
        .limit(k)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private float kthLargest(float[] scores) {
    if (k == 1) {
      float most = scores[0];
      for (float score : scores) {
        most = Math.max(most, score);
      }
      return most;
    }
    float[] sorted = scores.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length - k];
  }

  /** How far rounding may take a score from what it should be. */
  private double margin(double length) {
    double terms = 8 + matrix.size(1);
    double other = metric == Metric.COSINE ? 1 : greatestNorm;
    double offset = metric == Metric.COSINE ? 0 : greatestNorm * greatestNorm;
    return ROUNDING * (terms * length * other + 4 * offset);
  }

  private float distance(float[] query, double length, int i) {
    float[] other = known[i];
    double sum = 0;
    if (metric == Metric.EUCLIDEAN) {
      for (int j = 0; j < query.length; j++) {
        double difference = (double) query[j] - other[j];
        sum += difference * difference;
      }
      return (float) sum;
    }
    for (int j = 0; j < query.length; j++) {
      sum += (double) query[j] * other[j];
    }
    double lengths = length * norms[i];
    return lengths == 0 ? 0 : (float) (0 - sum / lengths);
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

  /** The known vectors with length 1. */
  private float[][] scaled() {
    float[][] scaled = new float[known.length][];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = known[i].clone();
      for (int j = 0; j < scaled[i].length && norms[i] > 0; j++) {
        scaled[i][j] = (float) (known[i][j] / norms[i]);
      }
    }
    return scaled;
  }

  /** What a product lacks to order by distance: half the square of the known vector. */
  private float[] offsets() {
    float[] halves = new float[known.length];
    for (int i = 0; i < halves.length && metric == Metric.EUCLIDEAN; i++) {
      halves[i] = (float) (norms[i] * norms[i] / 2);
    }
    return halves;
  }

  private static double norm(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static float[][] rows(INDArray features) {
    float[][] rows = features.castTo(DataType.FLOAT).toFloatMatrix();
    for (int i = 0; i < rows.length; i++) {
      for (float value : rows[i]) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException("vector %d has %s in it".formatted(i, value));
        }
      }
    }
    return rows;
  }
}
