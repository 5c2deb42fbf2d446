// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A softmax layer that answers with the class whose mean direction is nearest: with few examples a
 * better begin than random weights, which training first has to forget.
 */
public final class ClassMeanHead {
  /** How much a logit falls from the mean direction to a right angle. */
  private static final double SHARPNESS = 16;

  private ClassMeanHead() {}

  /**
   * Sets a network's last layer, in one pass over the training set. Outputs beyond the data's
   * classes get zeros.
   *
   * @param network one that gives what its last layer sees
   * @param name the last layer's
   */
  public static void set(Network network, TrainingData data, String name) {
    Layer head = network.layers().get(name);
    INDArray weights = head.getParam(DefaultParamInitializer.WEIGHT_KEY); // [features, classes]
    head.getParam(DefaultParamInitializer.BIAS_KEY).assign(0);
    weights.assign(0);
    try (Pass known = Pass.withNeighbors(network, data.trainingSet());
        FeatureNeighbors means = known.neighbors().classMeans()) {
      double length = known.neighbors().features().norm2(1).meanNumber().doubleValue();
      INDArray directions = means.features();
      directions.diviColumnVector(directions.norm2(true, 1)).muli(SHARPNESS / length);
      for (int label = 0; label < directions.rows(); label++) {
        weights.getColumn(label).assign(directions.getRow(label));
      }
    }
  }
}
