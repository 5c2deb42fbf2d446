package org.nola4j.experiments.network;

import java.io.IOException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.batch.ImageBatchIterator;
import org.nola4j.datasets.batch.ImageLayout;
import org.nola4j.datasets.image.Augmentation;
import org.nola4j.datasets.sets.ImageDataSets;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;

/** Square images in colour, prepared by threads of their own. */
public final class ImageData implements TrainingData {
  private static final int EVALUATION_BATCH = 100;

  private final ExperimentConfig config;
  private final ImageSplits<?> data;
  private final String sha256;
  private final Preparation preparation;
  private final ImageLayout layout;
  private final ImageBatchIterator batches;

  private ImageData(
      ExperimentConfig config, ImageSplits<?> data, Preparation preparation, ImageLayout layout) {
    this.config = config;
    this.data = data;
    sha256 = DataDigest.of(data);
    this.preparation = preparation;
    this.layout = layout;
    this.batches =
        builder(data.train(), preparation.training())
            .batchSize(config.training().batchSize())
            .shuffle(config.seed())
            .build();
  }

  /**
   * Opens the data set.
   *
   * @param shape what the network takes: images of this size where the set has any size
   * @param layout the order of an image's axes that it takes
   */
  public static ImageData read(
      ExperimentConfig config, RunContext context, ExampleShape shape, ImageLayout layout) {
    return DataSets.images(
        context,
        config.dataset().name(),
        whole -> {
          ImageSplits<?> data = DataSelection.of(config, whole);
          requireSquares(config, data.train().info());
          return new ImageData(
              config,
              data,
              Preparation.of(config.dataset(), data.train().info(), shape.features().get(0)),
              layout);
        });
  }

  /**
   * What there will be to train on, as far as a configuration and the set's name tell.
   *
   * @param usual size of the images where the configuration says nothing
   * @throws UserException if the set is not known
   */
  static ExampleShape planned(DatasetConfig dataset, int usual) {
    int size = dataset.imageSize() == null ? usual : dataset.imageSize();
    DatasetConfig.ClassRange range = dataset.classes();
    try {
      int classes =
          range == null ? ImageDataSets.classes(dataset.name()) : range.last() - range.first() + 1;
      return ExampleShape.images(size, classes);
    } catch (DataSetException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static void requireSquares(ExperimentConfig config, ImageSetInfo images) {
    if (images.height() != images.width()) {
      throw new UserException(
          "dataset.name: this network takes square images, but %s has %d x %d x %d"
              .formatted(
                  config.dataset().name(), images.height(), images.width(), images.channels()));
    }
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
    return ExampleShape.images(preparation.size(), data.train().info().classes());
  }

  @Override
  public int batchesPerEpoch() {
    return config.dataset().passesPerEpoch() * batches.batchesPerEpoch();
  }

  @Override
  public void epoch(int epoch, int fromBatch, Step step) throws IOException {
    int passes = config.dataset().passesPerEpoch();
    int perPass = batches.batchesPerEpoch();
    for (int pass = fromBatch / perPass; pass < passes; pass++) {
      pass((epoch - 1) * passes + pass, Math.max(fromBatch - pass * perPass, 0), step);
    }
  }

  private void pass(int number, int fromBatch, Step step) throws IOException {
    batches.setEpoch(number, fromBatch);
    while (batches.hasNext()) {
      DataSet examples = batches.next();
      step.on(examples);
      // A batch may be 150 MB, which the garbage collector does not see.
      examples.getFeatures().close();
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

  @Override
  public void close() {
    batches.close();
  }

  private DataSetIterator inOrder(ImageSet images) {
    return builder(images, preparation.evaluation()).batchSize(EVALUATION_BATCH).build();
  }

  private ImageBatchIterator.Builder builder(ImageSet images, Augmentation augmentation) {
    return ImageBatchIterator.builder(images)
        .augment(augmentation, config.seed())
        .normalization(preparation.normalization())
        .layout(layout)
        .threads(preparation.threads());
  }
}
