package org.nola4j.experiments.resnet;

import org.nola4j.datasets.Augmentation;
import org.nola4j.datasets.Augmentations;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.Normalization;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;

/**
 * What is done to images before a network sees them.
 *
 * @param size height and width that they have then
 * @param training for images to train on
 * @param evaluation for images to measure on
 * @param normalization of pixels
 * @param threads that do it
 */
record Preparation(
    int size,
    Augmentation training,
    Augmentation evaluation,
    Normalization normalization,
    int threads) {

  /**
   * What a configuration asks for.
   *
   * @param images what the set has
   * @param size of the images where the set has any size; otherwise they keep their own
   */
  static Preparation of(DatasetConfig config, ImageSetInfo images, int size) {
    int taken = images.oneSize() ? images.height() : size;
    return new Preparation(
        taken,
        training(config, images, taken),
        images.oneSize() ? Augmentations.NONE : Augmentations.imageNetTest(taken),
        normalization(config),
        // Decoding takes longer than a step where it is needed; the others are a copy.
        images.oneSize() ? 1 : Runtime.getRuntime().availableProcessors());
  }

  private static Augmentation training(DatasetConfig config, ImageSetInfo images, int size) {
    if (!config.augmented()) {
      return images.oneSize() ? Augmentations.NONE : Augmentations.imageNetTest(size);
    }
    return switch (config.augmentation()) {
      case CROP_FLIP -> {
        if (!images.oneSize()) {
          throw new UserException(
              "dataset.augmentation: crop-flip needs images of one size, %s has any; take"
                      .formatted(images.name())
                  + " resized-crop-flip");
        }
        yield Augmentations.paddedCropAndFlip(size / 8);
      }
      case RESIZED_CROP_FLIP -> Augmentations.imageNetTrain(size);
      case NONE -> Augmentations.NONE;
    };
  }

  /** The constants that everybody uses for a set; for a stand-in those of the set it stands for. */
  private static Normalization normalization(DatasetConfig config) {
    if (config.normalization() == DatasetConfig.Normalization.UNIT) {
      return Normalization.UNIT;
    }
    return config.name().contains("imagenet") ? Normalization.IMAGENET : Normalization.CIFAR10;
  }
}
