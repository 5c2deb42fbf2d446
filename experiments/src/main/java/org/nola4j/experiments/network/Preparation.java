// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.batch.Normalization;
import org.nola4j.datasets.image.Augmentation;
import org.nola4j.datasets.image.Augmentations;
import org.nola4j.datasets.image.ResizedShorterSide;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;

/**
 * How images are prepared for a network.
 *
 * @param size height and width afterwards, or 0 to keep the original size
 * @param training for training images
 * @param evaluation for test images
 * @param normalization of pixels
 * @param threads number of threads
 * @param evaluationBatch batch size of evaluation
 */
record Preparation(
    int size,
    Augmentation training,
    Augmentation evaluation,
    Normalization normalization,
    int threads,
    int evaluationBatch) {

  /**
   * The preparation of images as flat vectors.
   *
   * @throws UserException if the configuration asks for another size, for augmentation, or for
   *     colors
   */
  static Preparation flat(DatasetConfig config) {
    if (config.augmented()) {
      throw new UserException("dataset.augmentation must be none here: images are used as flat");
    }
    if (config.imageSize() != null) {
      throw new UserException("dataset.imageSize must not be set here: images keep their size");
    }
    if (config.normalization() == DatasetConfig.Normalization.IMAGENET) {
      throw new UserException("dataset.normalization: imagenet is for color images");
    }
    Normalization normalization = normalization(config);
    return new Preparation(0, Augmentations.NONE, Augmentations.NONE, normalization, 1, 1000);
  }

  /**
   * The preparation that a configuration asks for.
   *
   * @param images the images of the set; gray images get three equal channels
   * @param usual image size if images have any size and the configuration has none
   * @throws UserException if the augmentation does not fit the images
   */
  static Preparation of(DatasetConfig config, ImageSetInfo images, int usual) {
    int size = size(config, images, usual);
    boolean asTheyAre = images.oneSize() && images.height() == size;
    boolean fewShot = config.augmentation() == DatasetConfig.Augmentation.FEW_SHOT;
    Augmentation evaluation =
        asTheyAre && !fewShot ? Augmentations.NONE : Augmentations.imageNetTest(size);
    Augmentation training =
        config.augmented() ? training(config, images, size, asTheyAre) : evaluation;
    return new Preparation(
        size,
        colors(images, training),
        colors(images, evaluation),
        normalization(config),
        // Decoding and color changes are slow; the others are a copy.
        asTheyAre && !fewShot ? 1 : Runtime.getRuntime().availableProcessors(),
        100);
  }

  private static int size(DatasetConfig config, ImageSetInfo images, int usual) {
    if (config.imageSize() != null) {
      return config.imageSize();
    }
    return images.oneSize() ? images.height() : usual;
  }

  private static Augmentation colors(ImageSetInfo images, Augmentation augmentation) {
    return images.channels() == 1 ? Augmentations.RGB.then(augmentation) : augmentation;
  }

  private static Augmentation training(
      DatasetConfig config, ImageSetInfo images, int size, boolean asTheyAre) {
    return switch (config.augmentation()) {
      case CROP_FLIP -> {
        if (!images.oneSize()) {
          throw new UserException(
              "dataset.augmentation: crop-flip needs images of one size, but those of %s differ; use"
                      .formatted(images.name())
                  + " resized-crop-flip");
        }
        Augmentation resize = asTheyAre ? Augmentations.NONE : new ResizedShorterSide(size);
        yield resize.then(Augmentations.paddedCropAndFlip(size / 8));
      }
      case RESIZED_CROP_FLIP -> Augmentations.imageNetTrain(size);
      case FEW_SHOT -> {
        if (size < Augmentations.LEAST_FEW_SHOT_SIZE) {
          throw new UserException(
              "dataset.imageSize: few-shot augmentation needs images of at least %d pixels per side, but these have %d"
                  .formatted(Augmentations.LEAST_FEW_SHOT_SIZE, size));
        }
        yield Augmentations.fewShotTrain(size);
      }
      case NONE -> Augmentations.NONE;
    };
  }

  /**
   * The usual constants of a set; for a stand-in those of the original set, and for Fashion-MNIST
   * those of MNIST, as in the recorded results.
   */
  private static Normalization normalization(DatasetConfig config) {
    if (config.normalization() == null) {
      throw new UserException("dataset.normalization is missing: standard is the usual one");
    }
    return switch (config.normalization()) {
      case UNIT -> Normalization.UNIT;
      case IMAGENET -> Normalization.IMAGENET;
      case HALF -> Normalization.of(0.5, 0.5);
      case STANDARD -> standard(config.name());
    };
  }

  private static Normalization standard(String dataset) {
    if (dataset.equals("cifar100")) {
      return Normalization.CIFAR100;
    }
    if (dataset.equals("cifar10") || dataset.equals("synthetic-shapes")) {
      return Normalization.CIFAR10;
    }
    return dataset.contains("mnist") || dataset.equals("synthetic-digits")
        ? Normalization.MNIST
        : Normalization.IMAGENET;
  }
}
