// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

/** Common chains of {@link Augmentation} steps. */
public final class Augmentations {
  /** Changes nothing. */
  public static final Augmentation NONE = (image, random) -> image;

  /** Turns one channel into three equal ones; leaves RGB images as they are. */
  public static final Augmentation RGB =
      (image, random) ->
          image.channels() == 1 ? Colors.repeated(image, image.sharedPixels()) : image;

  /** Turns RGB images into their luma (ITU-R 601-2), in three equal channels. */
  public static final Augmentation GRAY = (image, random) -> Colors.gray(image);

  /** Four standard deviations of the widest blur on each side, which is practically all of it. */
  private static final int BLUR_KERNEL = 17;

  /**
   * The smallest size for {@link #fewShotTrain}: the image is mirrored at its edges for the blur.
   */
  public static final int LEAST_FEW_SHOT_SIZE = BLUR_KERNEL / 2 + 1;

  /** Ratio of the shorter side to the crop in evaluation: 256 to 224. */
  private static final double TEST_RATIO = 256.0 / 224;

  private Augmentations() {}

  /** For training on CIFAR-10: 4 black pixels on each side, a random 32x32 crop, a random flip. */
  public static Augmentation cifar10() {
    return paddedCropAndFlip(4);
  }

  /**
   * For training on small images, which keep their size: a {@link PaddedCrop}, then a {@link
   * HorizontalFlip} with probability 1/2.
   *
   * @param padding black pixels on each side before the crop, at least 0; usually an eighth of the
   *     image size
   * @return the chain
   */
  public static Augmentation paddedCropAndFlip(int padding) {
    return new PaddedCrop(padding).then(HorizontalFlip.RANDOM);
  }

  /**
   * For training on ImageNet: a {@link RandomResizedCrop} of 8 to 100% of the area, then a {@link
   * HorizontalFlip} with probability 1/2.
   *
   * @param size rows and columns of the result, usually 224
   * @return the chain
   */
  public static Augmentation imageNetTrain(int size) {
    return RandomResizedCrop.standard(size).then(HorizontalFlip.RANDOM);
  }

  /**
   * For evaluation on ImageNet: resizes the shorter side to 256/224 of {@code size}, then crops the
   * center. Not random.
   *
   * @param size rows and columns of the result, usually 224
   * @return the chain
   */
  public static Augmentation imageNetTest(int size) {
    return new ResizedShorterSide((int) Math.round(size * TEST_RATIO)).then(new CenterCrop(size));
  }

  /**
   * For few-shot training of transformers, as in NOLA's experiments (MoCo v2's chain): a {@link
   * RandomResizedCrop} of 20 to 100% of the area, a {@link ColorJitter} of 0.4, 0.4, 0.4, and 0.1
   * with probability 0.8, {@link #GRAY} with probability 0.2, a {@link GaussianBlur} of 0.1 to 2
   * pixels with probability 0.5, and a {@link HorizontalFlip} with probability 0.5. Evaluate with
   * {@link #imageNetTest}.
   *
   * @param size rows and columns of the result, at least {@link #LEAST_FEW_SHOT_SIZE}, usually 224
   * @return the chain, for RGB images
   */
  public static Augmentation fewShotTrain(int size) {
    return new RandomResizedCrop(size, 0.2, 1, 3.0 / 4, 4.0 / 3)
        .then(new Randomly(0.8, new ColorJitter(0.4, 0.4, 0.4, 0.1)))
        .then(new Randomly(0.2, GRAY))
        .then(new Randomly(0.5, new GaussianBlur(BLUR_KERNEL, 0.1, 2)))
        .then(HorizontalFlip.RANDOM);
  }
}
