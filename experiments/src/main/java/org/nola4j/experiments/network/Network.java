// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.network.ParameterCount;

/** A common interface to Deeplearning4j's two kinds of networks. */
public interface Network {
  /** The network itself. */
  Model model();

  /** Deeplearning4j's configuration, as JSON. */
  String configuration();

  /** Trains one step. */
  void fit(DataSet batch);

  /**
   * Computes a batch's loss and its gradient, which the model then has in {@link
   * Model#getGradientsViewArray}, as in {@link #fit} but without a step.
   */
  void computeGradient(DataSet batch);

  /** The outputs for some examples, in inference mode. */
  INDArray output(INDArray features);

  /** The outputs for a batch, whose mask, if it has one, says where its examples end. */
  default INDArray output(DataSet batch) {
    return output(batch.getFeatures());
  }

  /** Gives what the last layer sees and makes of a batch; empty where it sees no layer's output. */
  default Optional<Function<DataSet, LastLayer>> lastLayer() {
    return Optional.empty();
  }

  /** Sets the learning rate of everything that is trained. */
  void setLearningRate(double rate);

  /** The network's counters, which Adam's bias correction and learning-rate schedules need. */
  Counters counters();

  /** Sets the counters. */
  void setCounters(Counters counters);

  /** The updater's state, a view; {@code null} if it has none. */
  INDArray updaterState();

  /** Its layers by their names, from input to output. */
  Map<String, Layer> layers();

  /** Its counts. */
  ParameterCount count();

  /** Everything that is trained, for a file. */
  Adapter adapter();

  /** The size in bytes of the file of {@link #adapter}, as float32. */
  default long adapterBytes() {
    return adapter().bytes(Precision.F32);
  }

  /** Replaces the trained numbers. */
  void apply(Adapter adapter);

  /**
   * The last layer in inference mode.
   *
   * @param features its input, [examples, features]
   * @param output the network's output, [examples, classes]
   */
  record LastLayer(INDArray features, INDArray output) {}

  /**
   * Deeplearning4j's counters.
   *
   * @param iterations training steps so far
   * @param epochs epochs so far
   */
  record Counters(int iterations, int epochs) {}
}
