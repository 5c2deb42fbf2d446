// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

/**
 * A data set: training and test images.
 *
 * @param train training images
 * @param test images never trained on
 * @param <S> how the images are stored: {@link LabeledImages} for a set in memory
 */
public record ImageSplits<S extends ImageSet>(S train, S test) {

  /**
   * Checks that both parts belong to the same set.
   *
   * @throws IllegalArgumentException if name, image size, classes, stand-in flag or note differ
   */
  public ImageSplits {
    if (!train.info().sameSetAs(test.info())) {
      throw new IllegalArgumentException(
          "training and test images belong to different sets: %s; %s".formatted(train, test));
    }
  }

  /** Returns whether the set was generated to stand in for a real one. */
  public boolean standIn() {
    return train.info().standIn();
  }

  /**
   * Returns what else a result must say about this set, for example that it is a lossy copy; often
   * empty.
   */
  public String note() {
    return train.info().note();
  }

  /**
   * Returns this set as one in memory.
   *
   * @throws DataSetException if it is decoded on demand
   */
  public ImageSplits<LabeledImages> inMemory() {
    if (train instanceof LabeledImages trainImages && test instanceof LabeledImages testImages) {
      return new ImageSplits<>(trainImages, testImages);
    }
    throw new DataSetException(
        "data set '%s' is decoded on demand, but a set in memory is needed here; choose another one"
            .formatted(train.info().name()));
  }
}
