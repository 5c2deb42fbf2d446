package org.nola4j.experiments.network;

import java.io.IOException;
import org.deeplearning4j.datasets.iterator.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.batch.BatchIterator;
import org.nola4j.datasets.batch.Normalization;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;

/** MNIST or a set of its kind as flat features, the whole of it or a few images of each class. */
public final class FlatImages implements TrainingData {
  private static final int EVALUATION_BATCH = 1000;
  private static final int BATCHES_AHEAD = 2;

  private final ExperimentConfig config;
  private final ImageSplits<LabeledImages> data;
  private final String sha256;
  private final BatchIterator batches;

  private FlatImages(ExperimentConfig config, ImageSplits<LabeledImages> data) {
    this.config = config;
    this.data = data;
    sha256 = DataDigest.of(data);
    this.batches =
        BatchIterator.builder(data.train())
            .batchSize(config.training().batchSize())
            .shuffle(config.seed())
            .normalization(normalization())
            .build();
  }

  /**
   * Reads the data set of a configuration.
   *
   * @param shape what the network takes
   * @throws UserException if the set is not there, of another shape or too small
   */
  public static FlatImages read(ExperimentConfig config, RunContext context, ExampleShape shape) {
    DatasetConfig dataset = config.dataset();
    if (dataset.augmented()) {
      throw new UserException("dataset.augmentation must be none here: images are taken as flat");
    }
    if (dataset.imageSize() != null) {
      throw new UserException("dataset.imageSize must not be given here: images keep their size");
    }
    return DataSets.images(
        context,
        dataset.name(),
        whole -> {
          ImageSplits<LabeledImages> selected =
              DataSelection.of(config, whole.inMemory()).inMemory();
          requireShape(dataset.name(), shapeOf(selected.train()), shape);
          return new FlatImages(config, selected);
        });
  }

  private static void requireShape(String name, ExampleShape found, ExampleShape wanted) {
    if (!found.equals(wanted)) {
      throw new UserException(
          "dataset.name: this network takes %s pixels and %d classes, but %s has %s and %d"
              .formatted(
                  wanted.features().get(0),
                  wanted.classes(),
                  name,
                  found.features().get(0),
                  found.classes()));
    }
  }

  private static ExampleShape shapeOf(LabeledImages images) {
    return ExampleShape.flat(images.info().pixelsPerImage(), images.info().classes());
  }

  @Override
  public DatasetSummary summary() {
    return new DatasetSummary(
        config.dataset().name(),
        data.train().size(),
        data.test().size(),
        data.standIn(),
        sha256,
        DataSelection.note(config, data));
  }

  @Override
  public ExampleShape shape() {
    return shapeOf(data.train());
  }

  @Override
  public int batchesPerEpoch() {
    return config.dataset().passesPerEpoch() * batches.batchesPerEpoch();
  }

  @Override
  public void epoch(int epoch, int fromBatch, Step step) throws IOException {
    int passes = config.dataset().passesPerEpoch();
    int firstPass = fromBatch / batches.batchesPerEpoch();
    int fromInPass = fromBatch % batches.batchesPerEpoch();
    for (int pass = firstPass; pass < passes; pass++) {
      pass((epoch - 1) * passes + pass, pass == firstPass ? fromInPass : 0, step);
    }
  }

  /** Prepares batches in another thread, as Deeplearning4j does where it is left the epoch. */
  private void pass(int number, int fromBatch, Step step) throws IOException {
    batches.setEpoch(number);
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
    return switch (config.dataset().normalization()) {
      case UNIT -> Normalization.UNIT;
      case STANDARD -> Normalization.MNIST;
      case HALF -> Normalization.of(0.5, 0.5);
      case IMAGENET ->
          throw new UserException("dataset.normalization: imagenet is for images of colour");
    };
  }
}
