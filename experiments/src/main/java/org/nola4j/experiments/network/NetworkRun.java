// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.basis.BasisKernels;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.AveragingConfig;
import org.nola4j.experiments.config.EvaluationConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.metrics.GeneratedText;
import org.nola4j.experiments.metrics.GeneratedTexts;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.results.QuantizedMetrics;
import org.nola4j.experiments.spi.BatchListener;
import org.nola4j.experiments.spi.Engine;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.Share;
import org.nola4j.experiments.spi.Step;
import org.nola4j.experiments.spi.Workers;

/** A classifier, or a language model, in training. */
final class NetworkRun implements Run {
  private final EvaluationConfig measurements;
  private final Network network;
  private final TrainingData data;
  private final AdapterFormat format;
  private final Replica replica;
  private final int batchesPerStep;
  private final WorkersOf workers;

  /** For the record; null on one machine. */
  private final String cluster;

  /** Null without parameter averaging. */
  private final Rounds rounds;

  private Workers opened;
  private Pass test;
  private List<GeneratedText> texts = List.of();

  /** Opens workers when they are first needed. */
  @FunctionalInterface
  interface WorkersOf {
    /** For copies of a network. */
    Workers open(Replica replica) throws IOException;
  }

  /** Writes what was trained to a file. */
  @FunctionalInterface
  interface AdapterFormat {
    /** Replaces the file. */
    void write(Network network, Path file) throws IOException;
  }

  /**
   * A run.
   *
   * @throws UserException if something that the network does not have is to be measured, or the run
   *     is too short for its schedule
   */
  NetworkRun(
      ExperimentConfig config,
      Network network,
      TrainingData data,
      AdapterFormat format,
      WorkersOf workers,
      String cluster) {
    this.measurements = config.measurements();
    this.network = network;
    this.data = data;
    this.format = format;
    this.workers = workers;
    this.cluster = cluster;
    this.replica = new Replica(config, network, data);
    this.batchesPerStep = config.training().batchesPerStep();
    AveragingConfig averaging = config.training().averaging();
    this.rounds = averaging == null ? null : new Rounds(averaging, replica, data.batchesPerEpoch());
    if (measurements.measuresNearestNeighbors() && network.lastLayer().isEmpty()) {
      throw new UserException(
          "evaluation.nearestNeighbors: the network of %s has no features to compare; remove it"
              .formatted(config.experiment()));
    }
    requireLength(config.training());
  }

  private void requireLength(TrainingConfig training) {
    try {
      training.learningRateInStep(0, replica.stepsPerEpoch());
    } catch (IllegalArgumentException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  @Override
  public DatasetSummary dataset() {
    return data.summary();
  }

  @Override
  public ParameterCounts parameters() {
    return ParameterCounts.of(network.count());
  }

  @Override
  public int batchesPerEpoch() {
    return rounds == null ? replica.stepsPerEpoch() : rounds.perEpoch();
  }

  @Override
  public Step step() {
    return rounds == null ? Step.BATCH : Step.ROUND;
  }

  @Override
  public Engine engine() {
    return new Engine(
        Nd4j.getBackend().getClass().getSimpleName()
            + " "
            + Nd4j.getBackend().buildInfo().lines().findFirst().orElse("").strip()
            + (Boolean.getBoolean("nola4j.bfloat16") ? ", nola4j.bfloat16" : ""),
        BasisKernels.active().name() + ", " + BasisKernels.threads() + " threads",
        NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads(),
        cluster);
  }

  /** With parameter averaging, a step is a round; with gradient accumulation, several batches. */
  @Override
  public void trainEpoch(int epoch, int fromBatch, BatchListener listener) throws IOException {
    BatchListener measuring =
        (examples, loss) -> {
          forgetTest();
          listener.batchDone(examples, loss);
        };
    if (rounds == null) {
      int from = fromBatch * batchesPerStep;
      replica.steps(new Share(epoch, from, data.batchesPerEpoch()), measuring);
    } else {
      if (opened == null) {
        opened = workers.open(replica);
      }
      rounds.train(epoch, fromBatch, opened, measuring);
    }
  }

  @Override
  public double testAccuracy() {
    return test().evaluation().accuracy();
  }

  @Override
  public Double testLoss() {
    return data.hasClasses() ? null : Double.valueOf(test().evaluation().loss());
  }

  private Pass test() {
    if (test == null) {
      test = pass(data.testSet());
    }
    return test;
  }

  private void forgetTest() {
    if (test != null) {
      test.close();
      test = null;
    }
  }

  private Pass pass(DataSetIterator examples) {
    return measurements.measuresNearestNeighbors()
        ? Pass.withNeighbors(network, examples)
        : new Pass(measure(examples), null);
  }

  @Override
  public FinalMetrics evaluate() {
    try (Pass known = pass(data.trainingSet())) {
      return evaluate(known);
    }
  }

  private FinalMetrics evaluate(Pass known) {
    Evaluation train = known.evaluation();
    if (!Double.isFinite(train.loss())) {
      return new FinalMetrics(
          train.loss(), train.accuracy(), testAccuracy(), List.of(), null, null, Map.of(), null);
    }
    texts = written();
    return new FinalMetrics(
        train.loss(),
        train.accuracy(),
        testAccuracy(),
        quantized(),
        known.neighbors() == null ? null : known.neighbors().metrics(test().neighbors()),
        testLoss(),
        scores(texts),
        data.mmlu(network).orElse(null));
  }

  /** What a language model writes; nothing for classifiers. */
  private List<GeneratedText> written() {
    return data.texts().map(task -> task.write(network)).orElse(List.of());
  }

  private Map<String, Double> scores(List<GeneratedText> written) {
    if (written.isEmpty()) {
      return Map.of();
    }
    TextTask task = data.texts().orElseThrow();
    List<GeneratedText> prepared = task.protocol().prepare(written);
    return task.protocol().metrics().stream()
        .collect(Collectors.toMap(TextMetric::key, metric -> metric.score(prepared)));
  }

  @Override
  public void writeTexts(Path hypotheses, Path references) throws IOException {
    if (!texts.isEmpty()) {
      GeneratedTexts.write(texts, hypotheses, references);
    }
  }

  /** Measures the network with quantized coefficients, then restores them. */
  private List<QuantizedMetrics> quantized() {
    if (measurements.coefficientBits().isEmpty()) {
      return List.of();
    }
    Adapter trained = network.adapter();
    List<QuantizedMetrics> metrics = new ArrayList<>();
    for (int bits : measurements.coefficientBits()) {
      boolean half = bits == EvaluationConfig.HALF_PRECISION;
      Adapter fewer = half ? trained.rounded(Precision.F16) : trained.quantized(bits);
      network.apply(fewer);
      long bytes = fewer.bytes(half ? Precision.F16 : Precision.F32);
      double accuracy = measure(data.testSet()).accuracy();
      metrics.add(new QuantizedMetrics(bits, accuracy, bytes, scores(written())));
    }
    network.apply(trained);
    return metrics;
  }

  private Evaluation measure(DataSetIterator examples) {
    return data.hasClasses()
        ? Evaluation.of(network, examples)
        : Evaluation.ofTokens(network, examples);
  }

  @Override
  public void writeState(OutputStream out) throws IOException {
    NetworkState.write(network, out);
  }

  @Override
  public void readState(InputStream in) throws IOException {
    forgetTest();
    NetworkState.read(network, in);
  }

  @Override
  public void writeAdapter(Path file) throws IOException {
    format.write(network, file);
  }

  @Override
  public void close() {
    if (opened != null) {
      opened.close();
    }
    forgetTest();
    replica.close();
  }
}
