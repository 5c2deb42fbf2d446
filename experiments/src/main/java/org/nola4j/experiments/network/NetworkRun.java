package org.nola4j.experiments.network;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.config.EvaluationConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.network.Network.Counters;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.results.QuantizedMetrics;
import org.nola4j.experiments.spi.BatchListener;
import org.nola4j.experiments.spi.Engine;
import org.nola4j.experiments.spi.Run;

/** A classifier in training. */
final class NetworkRun implements Run {
  private final TrainingConfig training;
  private final List<Integer> evaluatedBits;
  private final Network network;
  private final TrainingData data;

  NetworkRun(ExperimentConfig config, Network network, TrainingData data) {
    this.training = config.training();
    this.evaluatedBits =
        config.evaluation() == null ? List.of() : config.evaluation().coefficientBits();
    this.network = network;
    this.data = data;
  }

  @Override
  public DatasetSummary dataset() {
    return data.summary();
  }

  @Override
  public ParameterCounts parameters() {
    return Counts.of(network.count());
  }

  @Override
  public int batchesPerEpoch() {
    return data.batchesPerEpoch();
  }

  @Override
  public Engine engine() {
    return new Engine(
        Nd4j.getBackend().getClass().getSimpleName()
            + " "
            + Nd4j.getBackend().buildInfo().lines().findFirst().orElse("").strip(),
        BasisKernels.active().name() + ", " + BasisKernels.threads() + " threads");
  }

  /**
   * Trains step by step instead of leaving the whole epoch to Deeplearning4j, which tells its
   * listeners of a step before it has counted it: a state written then would repeat one of Adam's
   * bias corrections.
   */
  @Override
  public void trainEpoch(int epoch, int fromBatch, BatchListener listener) throws IOException {
    network.setLearningRate(training.learningRateIn(epoch));
    network.setCounters(new Counters(network.counters().iterations(), epoch - 1));
    data.epoch(epoch, fromBatch, batch -> step(batch, listener));
  }

  private void step(DataSet batch, BatchListener listener) throws IOException {
    network.fit(batch);
    listener.batchDone(batch.numExamples(), network.model().score());
  }

  @Override
  public double testAccuracy() {
    return measure(data.testSet()).accuracy();
  }

  @Override
  public FinalMetrics evaluate() {
    Evaluation train = measure(data.trainingSet());
    return new FinalMetrics(train.loss(), train.accuracy(), testAccuracy(), quantized());
  }

  /** Measures the network with coefficients of fewer bits, and puts its own back. */
  private List<QuantizedMetrics> quantized() {
    if (evaluatedBits.isEmpty()) {
      return List.of();
    }
    Adapter trained = network.adapter();
    List<QuantizedMetrics> metrics = new ArrayList<>();
    for (int bits : evaluatedBits) {
      boolean half = bits == EvaluationConfig.HALF_PRECISION;
      Adapter fewer = half ? trained.rounded(Precision.F16) : trained.quantized(bits);
      network.apply(fewer);
      long bytes = fewer.bytes(half ? Precision.F16 : Precision.F32);
      metrics.add(new QuantizedMetrics(bits, testAccuracy(), bytes));
    }
    network.apply(trained);
    return metrics;
  }

  private Evaluation measure(DataSetIterator examples) {
    return Evaluation.of(network, examples);
  }

  @Override
  public void writeState(OutputStream out) throws IOException {
    NetworkState.write(network, out);
  }

  @Override
  public void readState(InputStream in) throws IOException {
    NetworkState.read(network, in);
  }

  @Override
  public void writeAdapter(Path file) throws IOException {
    network.adapter().write(file, Precision.F32);
  }

  @Override
  public void close() {
    data.close();
  }
}
