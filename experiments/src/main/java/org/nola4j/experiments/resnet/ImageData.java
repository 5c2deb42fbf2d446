package org.nola4j.experiments.resnet;

import java.io.IOException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.BatchIterator;
import org.nola4j.datasets.ImageDataSets;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.Normalization;
import org.nola4j.datasets.TrainTest;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;

/** Colour images, [batch, height, width, channels]. */
final class ImageData implements TrainingData {
  private static final int EVALUATION_BATCH = 100;

  private final ExperimentConfig config;
  private final TrainTest data;
  private final BatchIterator batches;

  private ImageData(ExperimentConfig config, TrainTest data) {
    this.config = config;
    this.data = data;
    this.batches =
        BatchIterator.builder(data.train())
            .batchSize(config.training().batchSize())
            .shuffle(config.seed())
            .flat(false)
            .build();
  }

  static TrainingData read(ExperimentConfig config, RunContext context) {
    return DataSets.read(
        context,
        source -> new ImageData(config, ImageDataSets.load(config.dataset().name(), source)));
  }

  @Override
  public DatasetSummary summary() {
    return new DatasetSummary(
        config.dataset().name(), data.train().size(), data.test().size(), data.standIn());
  }

  @Override
  public ExampleShape shape() {
    ImageSetInfo info = data.train().info();
    return ExampleShape.images(info.height(), info.classes());
  }

  @Override
  public int batchesPerEpoch() {
    return batches.batchesPerEpoch();
  }

  @Override
  public void epoch(int epoch, int fromBatch, Step step) throws IOException {
    batches.setEpoch(epoch - 1);
    for (int batch = 0; batches.hasNext(); batch++) {
      DataSet examples = batches.next();
      if (batch >= fromBatch) {
        step.on(
            new DataSet(examples.getFeatures().permute(0, 2, 3, 1).dup('c'), examples.getLabels()));
      }
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

  private static DataSetIterator inOrder(LabeledImages images) {
    return BatchIterator.builder(images)
        .batchSize(EVALUATION_BATCH)
        .normalization(Normalization.UNIT)
        .build();
  }
}
