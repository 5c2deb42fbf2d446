package org.nola4j.experiments.mnist;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.accounting.ParameterCount;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.basis.BasisKernels;
import org.nola4j.datasets.BatchIterator;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.Normalization;
import org.nola4j.datasets.TrainTest;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.BatchListener;
import org.nola4j.experiments.spi.Engine;
import org.nola4j.experiments.spi.Run;

/** A multilayer network in training on flat images. */
final class MnistRun implements Run {
  private static final int EVALUATION_BATCH = 1000;

  private final ExperimentConfig config;
  private final MultiLayerNetwork network;
  private final TrainTest data;
  private final BatchIterator batches;
  private final StepListener steps = new StepListener();

  MnistRun(ExperimentConfig config, MultiLayerNetwork network, TrainTest data) {
    this.config = config;
    this.network = network;
    this.data = data;
    this.batches =
        BatchIterator.builder(data.train())
            .batchSize(config.training().batchSize())
            .shuffle(config.seed())
            .normalization(normalization())
            .build();
    network.addListeners(steps);
  }

  @Override
  public DatasetSummary dataset() {
    return new DatasetSummary(
        config.dataset().name(), data.train().size(), data.test().size(), data.standIn());
  }

  @Override
  public ParameterCounts parameters() {
    return Counts.of(ParameterCount.of(network));
  }

  @Override
  public int batchesPerEpoch() {
    return batches.batchesPerEpoch();
  }

  @Override
  public Engine engine() {
    return new Engine(
        Nd4j.getBackend().getClass().getSimpleName()
            + " "
            + Nd4j.getBackend().buildInfo().lines().findFirst().orElse("").strip(),
        BasisKernels.active().name() + ", " + BasisKernels.threads() + " threads");
  }

  @Override
  public void trainEpoch(int epoch, BatchListener listener) {
    double multiplier = config.training().schedule().multiplier(epoch, config.training().epochs());
    network.setLearningRate(config.training().learningRate() * multiplier);
    batches.setEpoch(epoch - 1);
    steps.listener = listener;
    network.fit(batches);
  }

  @Override
  public double testAccuracy() {
    return measure(data.test()).accuracy();
  }

  @Override
  public FinalMetrics evaluate() {
    Evaluation train = measure(data.train());
    return new FinalMetrics(train.loss(), train.accuracy(), testAccuracy());
  }

  private Evaluation measure(LabeledImages images) {
    return Evaluation.of(
        network,
        BatchIterator.builder(images)
            .batchSize(EVALUATION_BATCH)
            .normalization(normalization())
            .build());
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
    Adapter.of(network).write(file, Precision.F32);
  }

  private Normalization normalization() {
    return config.dataset().normalization() == DatasetConfig.Normalization.UNIT
        ? Normalization.UNIT
        : Normalization.MNIST;
  }

  /** Passes DL4J's report of a step on. */
  private static final class StepListener extends BaseTrainingListener {
    private BatchListener listener;

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
      listener.batchDone(model.batchSize(), model.score());
    }
  }
}
