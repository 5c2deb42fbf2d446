// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.knn.Metric;
import org.nola4j.experiments.knn.NearestNeighbors;
import org.nola4j.experiments.results.NearestNeighborMetrics;

/** Nearest neighbors by a network's features. */
final class FeatureNeighbors implements AutoCloseable {
  private final INDArray features;
  private final int[] labels;

  private FeatureNeighbors(INDArray features, int[] labels) {
    this.features = features;
    this.labels = labels;
  }

  /** Takes over the features of a set's batches, and the numbers of their classes. */
  static FeatureNeighbors of(List<INDArray> features, List<INDArray> labels) {
    INDArray all = Nd4j.concat(0, features.toArray(INDArray[]::new));
    if (features.size() > 1) { // a single one is not copied
      features.forEach(INDArray::close);
    }
    return new FeatureNeighbors(all, Nd4j.concat(0, labels.toArray(INDArray[]::new)).toIntVector());
  }

  /** The accuracy of predicting the class of the nearest of these examples. */
  NearestNeighborMetrics metrics(FeatureNeighbors test) {
    return new NearestNeighborMetrics(
        accuracy(Metric.COSINE, test),
        accuracy(Metric.EUCLIDEAN, test),
        classMeans().accuracy(Metric.COSINE, test));
  }

  /** The vectors, one a row; for {@link #classMeans}, one a class. */
  INDArray features() {
    return features;
  }

  /** The mean direction of each class, of any length. */
  FeatureNeighbors classMeans() {
    int classes = Arrays.stream(labels).max().orElseThrow() + 1;
    INDArray means = Nd4j.zeros(features.dataType(), classes, features.columns());
    INDArray units = features.divColumnVector(features.norm2(true, 1));
    for (int i = 0; i < labels.length; i++) {
      means.getRow(labels[i]).addi(units.getRow(i));
    }
    return new FeatureNeighbors(means, IntStream.range(0, classes).toArray());
  }

  @Override
  public void close() {
    features.close();
  }

  private double accuracy(Metric metric, FeatureNeighbors test) {
    return new NearestNeighbors(metric, 1, features, labels).accuracy(test.features, test.labels);
  }
}
