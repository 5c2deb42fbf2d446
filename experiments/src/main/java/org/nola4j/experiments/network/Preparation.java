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
 * What is done to images before a network sees them.
 *
 * @param size height and width that they have then, or 0 where they keep their own
 * @param training for images to train on
 * @param evaluation for images to measure on
 * @param normalization of pixels
 * @param threads that do it
 * @param evaluationBatch images to measure on at a time
 */
record Preparation(
    int size,
    Augmentation training,
    Augmentation evaluation,
    Normalization normalization,
    int threads,
    int evaluationBatch) {

  /**
   * What a configuration asks for where images are taken as flat vectors.
   *
   * @throws UserException if it asks for another size, for augmentation or for colors
   */
  static Preparation flat(DatasetConfig config) {
    if (config.augmented()) {
      throw new UserException("dataset.augmentation must be none here: images are taken as flat");
    }
    if (config.imageSize() != null) {
      throw new UserException("dataset.imageSize must not be given here: images keep their size");
    }
    if (config.normalization() == DatasetConfig.Normalization.IMAGENET) {
      throw new UserException("dataset.normalization: imagenet is for images of color");
    }
    Normalization normalization = normalization(config);
    return new Preparation(0, Augmentations.NONE, Augmentations.NONE, normalization, 1, 1000);
  }

  /**
   * What a configuration asks for.
   *
   * @param images what the set has; gray ones get three equal channels
   * @param usual size of the images where the set has any size and the configuration says nothing
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
        // Decoding and changing colors take long; the others are a copy.
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
              "dataset.augmentation: crop-flip needs images of one size, %s has any; take"
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
              "dataset.imageSize: few-shot augmentation blurs images of at least %d pixels a side, these have %d"
                  .formatted(Augmentations.LEAST_FEW_SHOT_SIZE, size));
        }
        yield Augmentations.fewShotTrain(size);
      }
      case NONE -> Augmentations.NONE;
    };
  }

  /**
   * The constants that everybody uses for a set; for a stand-in those of the set it stands for, and
   * for Fashion-MNIST those of MNIST, which the recorded results have.
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
