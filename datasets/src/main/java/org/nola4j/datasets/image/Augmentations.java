// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

/** The usual chains of {@link Augmentation} steps. */
public final class Augmentations {
  /** Nothing is changed. */
  public static final Augmentation NONE = (image, random) -> image;

  /** Images of one channel become three equal ones; those of three stay as they are. */
  public static final Augmentation RGB =
      (image, random) ->
          image.channels() == 1 ? Colors.repeated(image, image.sharedPixels()) : image;

  /** RGB images become their luma (ITU-R 601-2), in three equal channels. */
  public static final Augmentation GRAY = (image, random) -> Colors.gray(image);

  /** Four standard deviations of the widest blur on each side, so that it is as good as whole. */
  private static final int BLUR_KERNEL = 17;

  /** The least size of {@link #fewShotTrain}: the blur's kernel is mirrored at the edges. */
  public static final int LEAST_FEW_SHOT_SIZE = BLUR_KERNEL / 2 + 1;

  /** How much longer than the crop the shorter side is in evaluation: 256 for 224. */
  private static final double TEST_RATIO = 256.0 / 224;

  private Augmentations() {}

  /** For training on CIFAR-10: 4 black pixels on each side, a random 32x32 crop, a random flip. */
  public static Augmentation cifar10() {
    return paddedCropAndFlip(4);
  }

  /**
   * For training on small images, which keep their size: a {@link PaddedCrop}, then a {@link
   * HorizontalFlip} of every other image.
   *
   * @param padding black pixels on each side before the crop, at least 0; usually an eighth of the
   *     image
   * @return the chain
   */
  public static Augmentation paddedCropAndFlip(int padding) {
    return new PaddedCrop(padding).then(HorizontalFlip.RANDOM);
  }

  /**
   * For training on ImageNet: a {@link RandomResizedCrop} of 8 to 100 % of the area, then a {@link
   * HorizontalFlip} of every other image.
   *
   * @param size rows and columns of the result: 224 usually
   * @return the chain
   */
  public static Augmentation imageNetTrain(int size) {
    return RandomResizedCrop.standard(size).then(HorizontalFlip.RANDOM);
  }

  /**
   * For evaluation on ImageNet: the shorter side becomes 256/224 of {@code size}, then the center
   * is cropped. Not random.
   *
   * @param size rows and columns of the result: 224 usually
   * @return the chain
   */
  public static Augmentation imageNetTest(int size) {
    return new ResizedShorterSide((int) Math.round(size * TEST_RATIO)).then(new CenterCrop(size));
  }

  /**
   * For few-shot training of transformers, as NOLA's experiments have it (MoCo v2's chain): a
   * {@link RandomResizedCrop} of 20 to 100 % of the area; a {@link ColorJitter} of 0.4, 0.4, 0.4
   * and 0.1 in four of five images; {@link #GRAY} in one of five; in every other one a {@link
   * GaussianBlur} of 0.1 to 2 pixels; a {@link HorizontalFlip} of every other image. Evaluate with
   * {@link #imageNetTest}.
   *
   * @param size rows and columns of the result, at least {@link #LEAST_FEW_SHOT_SIZE}: 224 usually
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
