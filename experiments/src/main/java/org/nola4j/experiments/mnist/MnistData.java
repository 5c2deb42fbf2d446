package org.nola4j.experiments.mnist;

import java.io.IOException;
import org.deeplearning4j.datasets.iterator.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.BatchIterator;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.Normalization;
import org.nola4j.datasets.TrainTest;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.results.DatasetSummary;

/** MNIST or a set of its kind as flat features. */
final class MnistData implements TrainingData {
  private static final int EVALUATION_BATCH = 1000;
  private static final int BATCHES_AHEAD = 2;

  private final ExperimentConfig config;
  private final TrainTest data;
  private final BatchIterator batches;

  MnistData(ExperimentConfig config, TrainTest data) {
    this.config = config;
    this.data = data;
    this.batches =
        BatchIterator.builder(data.train())
            .batchSize(config.training().batchSize())
            .shuffle(config.seed())
            .normalization(normalization())
            .build();
  }

  @Override
  public DatasetSummary summary() {
    return new DatasetSummary(
        config.dataset().name(), data.train().size(), data.test().size(), data.standIn());
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(data.train().info().pixelsPerImage(), data.train().info().classes());
  }

  @Override
  public int batchesPerEpoch() {
    return batches.batchesPerEpoch();
  }

  /** Prepares batches in another thread, as Deeplearning4j does where it is left the epoch. */
  @Override
  public void epoch(int epoch, int fromBatch, Step step) throws IOException {
    batches.setEpoch(epoch - 1);
    AsyncDataSetIterator ahead = new AsyncDataSetIterator(batches, BATCHES_AHEAD, true);
    try {
      for (int batch = 0; ahead.hasNext(); batch++) {
        DataSet examples = ahead.next();
        if (batch >= fromBatch) {
          step.on(examples);
        }
      }
    } finally {
      ahead.shutdown();
    }
  }

  @Override
  public DataSetIterator trainingSet() {
    return inOrder(data.train());
  }

  @Override
  public DataSetIterator testSet() {
    return inOrder(data.test());
  }

  private DataSetIterator inOrder(LabeledImages images) {
    return BatchIterator.builder(images)
        .batchSize(EVALUATION_BATCH)
        .normalization(normalization())
        .build();
  }

  private Normalization normalization() {
    return config.dataset().normalization() == DatasetConfig.Normalization.UNIT
        ? Normalization.UNIT
        : Normalization.MNIST;
  }
}
