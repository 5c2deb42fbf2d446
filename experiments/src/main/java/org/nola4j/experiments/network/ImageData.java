// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.batch.BatchIterator;
import org.nola4j.datasets.batch.ImageLayout;
import org.nola4j.datasets.image.Augmentation;
import org.nola4j.datasets.sets.ImageDataSets;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;

/** Images of a set or a part of it, prepared in separate threads. */
public final class ImageData implements TrainingData {
  private final ExperimentConfig config;
  private final ImageSplits<?> data;
  private final Preparation preparation;
  private final ImageLayout layout;
  private final BatchIterator batches;
  private final String sha256;

  private ImageData(
      ExperimentConfig config, ImageSplits<?> data, Preparation preparation, ImageLayout layout) {
    this.config = config;
    this.data = data;
    this.preparation = preparation;
    this.layout = layout;
    this.batches =
        builder(data.train(), preparation.training())
            .batchSize(config.training().batchSize())
            .shuffle(config.seed())
            .build();
    this.sha256 = DataDigest.of(data);
  }

  /**
   * Opens a data set for a network that takes images.
   *
   * @param shape input of the network; sets with images of any size are resized to it
   * @param layout the order of the axes of its input
   * @throws UserException if the set is missing or does not fit
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
   * Opens MNIST or a similar set for a network with flat features.
   *
   * @param shape input of the network
   * @throws UserException if the set is missing, has another shape, or is too small
   */
  public static ImageData flat(ExperimentConfig config, RunContext context, ExampleShape shape) {
    Preparation preparation = Preparation.flat(config.dataset());
    return DataSets.images(
        context,
        config.dataset().name(),
        whole -> {
          ImageSplits<?> data = DataSelection.of(config, whole.inMemory());
          requireShape(config, flatShape(data.train().info()), shape);
          return new ImageData(config, data, preparation, ImageLayout.FLAT);
        });
  }

  /**
   * The shape of the training data, as far as it follows from the configuration and the set's name.
   *
   * @param usual image size if the configuration has none
   * @throws UserException if the set is unknown
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

  private static void requireShape(
      ExperimentConfig config, ExampleShape found, ExampleShape wanted) {
    if (!found.equals(wanted)) {
      throw new UserException(
          "dataset.name: this network takes %s pixels and %d classes, but %s has %s and %d"
              .formatted(
                  wanted.features().get(0),
                  wanted.classes(),
                  config.dataset().name(),
                  found.features().get(0),
                  found.classes()));
    }
  }

  private static ExampleShape flatShape(ImageSetInfo images) {
    return ExampleShape.flat(images.pixelsPerImage(), images.classes());
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
    ImageSetInfo images = data.train().info();
    return layout == ImageLayout.FLAT
        ? flatShape(images)
        : ExampleShape.images(preparation.size(), images.classes());
  }

  @Override
  public int batchesPerEpoch() {
    return config.dataset().passesPerEpoch() * batches.batchesPerEpoch();
  }

  @Override
  public void steps(int epoch, int from, int to, Step step) throws IOException {
    int passes = config.dataset().passesPerEpoch();
    int perPass = batches.batchesPerEpoch();
    for (int pass = from / perPass; pass * perPass < to; pass++) {
      int first = Math.max(from - pass * perPass, 0);
      int end = Math.min(to - pass * perPass, perPass);
      pass((epoch - 1) * passes + pass, first, end, step);
    }
  }

  private void pass(int number, int from, int to, Step step) throws IOException {
    batches.setEpoch(number, from);
    for (int batch = from; batch < to; batch++) {
      DataSet examples = batches.next();
      step.on(examples);
      // A batch may take 150 MB, which the garbage collector does not see.
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
    return builder(images, preparation.evaluation())
        .batchSize(preparation.evaluationBatch())
        .build();
  }

  private BatchIterator.Builder builder(ImageSet images, Augmentation augmentation) {
    return BatchIterator.builder(images)
        .augment(augmentation, config.seed())
        .normalization(preparation.normalization())
        .layout(layout)
        .threads(preparation.threads());
  }
}
