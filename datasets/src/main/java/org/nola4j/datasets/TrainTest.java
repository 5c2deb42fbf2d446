package org.nola4j.datasets;

/**
 * A data set: the images to train on and those to measure on.
 *
 * @param train images to train on
 * @param test images never trained on
 */
public record TrainTest(LabeledImages train, LabeledImages test) {

  /**
   * Checks that both parts are of one set.
   *
   * @throws IllegalArgumentException if name, image size, number of classes or stand-in flag differ
   */
  public TrainTest {
    ImageSetInfo a = train.info();
    ImageSetInfo b = test.info();
    ImageSetInfo bLikeA =
        new ImageSetInfo(
            b.name(), a.split(), b.channels(), b.height(), b.width(), b.classes(), b.standIn());
    if (!a.equals(bLikeA)) {
      throw new IllegalArgumentException(
          "train and test images are not of one set: %s; %s".formatted(train, test));
    }
  }

  /** Whether the set was generated to stand in for a real one. */
  public boolean standIn() {
    return train.info().standIn();
  }
}
