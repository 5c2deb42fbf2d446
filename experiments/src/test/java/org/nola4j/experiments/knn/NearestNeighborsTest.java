// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.knn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NearestNeighborsTest {
  private static final float[][] KNOWN = {{10, 0}, {1, 1}, {0, 3}, {-1, 0}, {2, 2}, {0, 0}};
  private static final int[] LABELS = {0, 1, 2, 2, 1, 0};

  @Test
  void handCheckedAngles() {
    int[][] nearest = neighbors(Metric.COSINE, 6, new float[][] {{3, 1}, {0, -1}});
    // (3, 1): cosines 0.949, 0.894, 0.316, -0.949, 0.894, 0; equal ones in the order of the index.
    assertArrayEquals(new int[] {0, 1, 4, 2, 5, 3}, nearest[0]);
    // (0, -1): 0, -0.707, -1, 0, -0.707, 0.
    assertArrayEquals(new int[] {0, 3, 5, 1, 4, 2}, nearest[1]);
  }

  @Test
  void handCheckedLengths() {
    int[][] nearest = neighbors(Metric.EUCLIDEAN, 6, new float[][] {{3, 1}, {0.5f, 0.5f}});
    // Squares of (3, 1): 50, 4, 13, 17, 2, 10.
    assertArrayEquals(new int[] {4, 1, 5, 2, 3, 0}, nearest[0]);
    // Squares of (0.5, 0.5): 90.5, 0.5, 6.5, 2.5, 4.5, 0.5.
    assertArrayEquals(new int[] {1, 5, 3, 4, 2, 0}, nearest[1]);
  }

  @Test
  void neighborsVote() {
    INDArray queries = Nd4j.createFromArray(new float[][] {{3, 1}, {0.5f, 0.5f}});
    assertArrayEquals(new int[] {1, 1}, of(Metric.EUCLIDEAN, 1).classify(queries));
    // 1 and 0 have a vote each: the nearest is of class 1.
    assertArrayEquals(new int[] {1, 1}, of(Metric.EUCLIDEAN, 2).classify(queries));
    // All six: two votes each, so the nearest again.
    assertArrayEquals(
        new int[] {0, 0},
        of(Metric.COSINE, 6).classify(Nd4j.createFromArray(new float[][] {{3, 1}, {10, 1}})));
    assertEquals(0.5, of(Metric.EUCLIDEAN, 1).accuracy(queries, new int[] {1, 2}));
    // The majority beats the nearest.
    assertArrayEquals(
        new int[] {1}, of(Metric.COSINE, 3).classify(Nd4j.createFromArray(new float[][] {{3, 1}})));
  }

  @ParameterizedTest
  @CsvSource({"COSINE, 1, 0", "COSINE, 7, 3", "EUCLIDEAN, 1, 0", "EUCLIDEAN, 7, 100"})
  void comparingAllPairsGivesTheSame(Metric metric, int k, float mean) {
    float[][] known = random(900, 33, 1, mean);
    float[][] queries = random(1300, 33, 2, mean); // more than one block of products
    for (int i = 0; i < 50; i++) {
      known[899 - i] = known[i].clone(); // equal distances
    }
    int[][] nearest =
        new NearestNeighbors(metric, k, Nd4j.createFromArray(known), new int[900])
            .neighbors(Nd4j.createFromArray(queries));
    for (int query = 0; query < queries.length; query += 7) {
      assertArrayEquals(bruteForce(metric, k, known, queries[query]), nearest[query]);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    INDArray known = Nd4j.createFromArray(KNOWN);
    assertMessage(
        "5 labels need features of shape [5, d], got [6, 2]",
        () -> new NearestNeighbors(Metric.COSINE, 1, known, new int[5]));
    assertMessage(
        "k must be 1 to 6, the number of known vectors, was 7", () -> of(Metric.COSINE, 7));
    assertMessage(
        "the known vectors have length 2, got features of shape [1, 3]",
        () -> of(Metric.COSINE, 1).classify(Nd4j.createFromArray(new float[][] {{1, 2, 3}})));
    assertMessage(
        "vector 0 contains NaN",
        () -> of(Metric.COSINE, 1).classify(Nd4j.createFromArray(new float[][] {{1, Float.NaN}})));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }

  private static NearestNeighbors of(Metric metric, int k) {
    return new NearestNeighbors(metric, k, Nd4j.createFromArray(KNOWN), LABELS);
  }

  private static int[][] neighbors(Metric metric, int k, float[][] queries) {
    return of(metric, k).neighbors(Nd4j.createFromArray(queries));
  }

  private static float[][] random(int count, int length, long seed, float mean) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] rows = new float[count][length];
    for (float[] row : rows) {
      for (int i = 0; i < length; i++) {
        row[i] = mean + (float) (random.nextDouble() - 0.5);
      }
    }
    return rows;
  }

  private static int[] bruteForce(Metric metric, int k, float[][] known, float[] query) {
    float[] distances = new float[known.length];
    for (int i = 0; i < known.length; i++) {
      double product = 0;
      double squares = 0;
      double mine = 0;
      double its = 0;
      for (int j = 0; j < query.length; j++) {
        double difference = (double) query[j] - known[i][j];
        product += (double) query[j] * known[i][j];
        squares += difference * difference;
        mine += (double) query[j] * query[j];
        its += (double) known[i][j] * known[i][j];
      }
      distances[i] =
          (float)
              (metric == Metric.COSINE ? -product / (Math.sqrt(mine) * Math.sqrt(its)) : squares);
    }
    return IntStream.range(0, known.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(i -> distances[i]).thenComparing(i -> i))
        .limit(k)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
