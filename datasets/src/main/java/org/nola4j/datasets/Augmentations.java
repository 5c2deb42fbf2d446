package org.nola4j.datasets;

/** The usual chains of {@link Augmentation} steps. */
public final class Augmentations {
  /** Nothing is changed. */
  public static final Augmentation NONE = (image, random) -> image;

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
   * For evaluation on ImageNet: the shorter side becomes 256/224 of {@code size}, then the centre
   * is cropped. Not random.
   *
   * @param size rows and columns of the result: 224 usually
   * @return the chain
   */
  public static Augmentation imageNetTest(int size) {
    return new ResizedShorterSide((int) Math.round(size * TEST_RATIO)).then(new CentreCrop(size));
  }
}
