// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.basis.Seeds;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.network.Network.Counters;
import org.nola4j.experiments.spi.BatchListener;
import org.nola4j.experiments.spi.Share;
import org.nola4j.experiments.spi.TrainedShare;
import org.nola4j.internal.io.Sha256;

/** A network in training with its data; in parameter averaging, one of several equal ones. */
public final class Replica implements AutoCloseable {
  private final TrainingConfig training;
  private final long seed;
  private final Network network;
  private final TrainingData data;
  private final GradientAccumulation accumulation;

  /** A network that has not been trained yet. */
  Replica(ExperimentConfig config, Network network, TrainingData data) {
    this.training = config.training();
    this.seed = Seeds.derive(config.seed(), "dropout");
    this.network = network;
    this.data = data;
    this.accumulation =
        GradientAccumulation.over(network, training.batchesPerStep(), training.maxGradientNorm());
    if (training.weightDecay() != null && training.weightDecay() > 0) {
      DecoupledDecay.set(network, training.weightDecay());
    }
  }

  /** Distinguishes networks, their numbers and their data. */
  public String digest() throws IOException {
    return new Sha256()
        .update(network.configuration())
        .update(data.summary().sha256())
        .update(ByteBuffer.wrap(state()))
        .hex();
  }

  /** What travels: counters, trained numbers, and the updater's state if it is averaged. */
  byte[] state() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    NetworkState.write(network, bytes, averagesUpdater());
    return bytes.toByteArray();
  }

  /** Continues from a state. */
  void restore(byte[] state) throws IOException {
    NetworkState.read(network, new ByteArrayInputStream(state), averagesUpdater());
  }

  private boolean averagesUpdater() {
    return training.averaging() != null && training.averaging().averagesUpdater();
  }

  /**
   * Trains from a state.
   *
   * @throws IOException if the state belongs to another network
   */
  public TrainedShare train(byte[] state, Share share) throws IOException {
    restore(state);
    double[] sums = new double[2];
    steps(
        share,
        (examples, loss) -> {
          sums[0] += examples;
          sums[1] += examples * loss;
        });
    return new TrainedShare(state(), (int) sums[0], sums[1]);
  }

  /**
   * Trains step by step instead of leaving the whole epoch to Deeplearning4j, which notifies
   * listeners of a step before counting it: a state written then would repeat one of Adam's bias
   * corrections.
   */
  void steps(Share share, BatchListener listener) throws IOException {
    int before = (share.epoch() - 1) * stepsPerEpoch();
    int[] next = {share.from()};
    double[] rate = {Double.NaN};
    network.setCounters(new Counters(network.counters().iterations(), share.epoch() - 1));
    data.steps(
        share.epoch(),
        share.from(),
        share.to(),
        batch -> {
          int number = next[0]++;
          Nd4j.getRandom().setSeed(Seeds.derive(Seeds.derive(seed, share.epoch()), number));
          if ((number + 1) % training.batchesPerStep() != 0 && number + 1 < share.to()) {
            accumulation.add(smoothed(batch));
            return;
          }
          setRate(before + number / training.batchesPerStep(), rate);
          accumulation.step(smoothed(batch));
          listener.batchDone(accumulation.examples(), accumulation.loss());
        });
  }

  private void setRate(int step, double[] rate) {
    double next = training.learningRateInStep(step, stepsPerEpoch());
    if (next != rate[0]) {
      network.setLearningRate(next);
      rate[0] = next;
    }
  }

  /** Steps in an epoch, the last of which may have fewer batches than the others. */
  int stepsPerEpoch() {
    int batches = training.batchesPerStep();
    return (data.batchesPerEpoch() + batches - 1) / batches;
  }

  /** Smooths labels: moves a share of each label to all classes. */
  private DataSet smoothed(DataSet batch) {
    Double share = training.labelSmoothing();
    if (share == null || share == 0 || !data.hasClasses()) {
      return batch;
    }
    INDArray labels = batch.getLabels();
    return new DataSet(
        batch.getFeatures(),
        labels.mul(1 - share).addi(share / labels.size(1)),
        batch.getFeaturesMaskArray(),
        batch.getLabelsMaskArray());
  }

  @Override
  public void close() {
    data.close();
  }
}
