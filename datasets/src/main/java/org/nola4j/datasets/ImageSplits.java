// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

/**
 * A data set: the images to train on and those to measure on.
 *
 * @param train images to train on
 * @param test images never trained on
 * @param <S> where the images are kept: {@link LabeledImages} for a set in memory
 */
public record ImageSplits<S extends ImageSet>(S train, S test) {

  /**
   * Checks that both parts are of one set.
   *
   * @throws IllegalArgumentException if name, image size, classes, stand-in flag or note differ
   */
  public ImageSplits {
    if (!train.info().sameSetAs(test.info())) {
      throw new IllegalArgumentException(
          "train and test images are not of one set: %s; %s".formatted(train, test));
    }
  }

  /** Whether the set was generated to stand in for a real one. */
  public boolean standIn() {
    return train.info().standIn();
  }

  /** What else a result must say of this set, such as that it is a lossy copy; often empty. */
  public String note() {
    return train.info().note();
  }

  /**
   * The same set for code that needs it in memory.
   *
   * @throws DataSetException if it is decoded on demand
   */
  public ImageSplits<LabeledImages> inMemory() {
    if (train instanceof LabeledImages trainImages && test instanceof LabeledImages testImages) {
      return new ImageSplits<>(trainImages, testImages);
    }
    throw new DataSetException(
        "data set '%s' is decoded on demand and cannot be held in memory here; choose another one"
            .formatted(train.info().name()));
  }
}
