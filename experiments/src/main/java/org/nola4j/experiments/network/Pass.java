// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.experiments.network.Network.LastLayer;

/**
 * One pass of a classifier over a set, without augmentation.
 *
 * @param evaluation its metrics
 * @param neighbors what its last layer saw; {@code null} if that was not asked for
 */
record Pass(Evaluation evaluation, FeatureNeighbors neighbors) implements AutoCloseable {
  /** Keeps what the last layer sees. Memory: the features of the whole set. */
  static Pass withNeighbors(Network network, DataSetIterator examples) {
    var lastLayer = network.lastLayer().orElseThrow();
    List<INDArray> features = new ArrayList<>();
    List<INDArray> labels = new ArrayList<>();
    Evaluation evaluation =
        Evaluation.of(
            batch -> {
              LastLayer seen = lastLayer.apply(batch);
              features.add(seen.features());
              labels.add(batch.getLabels().argMax(1));
              return seen.output();
            },
            examples);
    return new Pass(evaluation, FeatureNeighbors.of(features, labels));
  }

  /** Frees what the last layer saw. */
  @Override
  public void close() {
    if (neighbors != null) {
      neighbors.close();
    }
  }
}
