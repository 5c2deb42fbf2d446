package org.nola4j.datasets;

/**
 * A data set in memory: the images to train on and those to measure on.
 *
 * @param train images to train on
 * @param test images never trained on
 */
public record TrainTest(LabeledImages train, LabeledImages test) {

  /**
   * Checks that both parts are of one set.
   *
   * @throws IllegalArgumentException if name, image size, classes, stand-in flag or note differ
   */
  public TrainTest {
    new ImageSplits(train, test);
  }

  /** Whether the set was generated to stand in for a real one. */
  public boolean standIn() {
    return train.info().standIn();
  }

  /** What else a result must say of this set, such as that it is a lossy copy; often empty. */
  public String note() {
    return train.info().note();
  }

  /** The same set for code that does not mind where images are kept. */
  public ImageSplits splits() {
    return new ImageSplits(train, test);
  }
}
