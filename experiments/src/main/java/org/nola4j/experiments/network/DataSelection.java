// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;

/** Selects the part of a data set that a configuration asks for. */
public final class DataSelection {
  private static final String HELD_OUT =
      "measured on images held out of the training set, not on the test set";

  private DataSelection() {}

  /**
   * Selects, in this order: some of the classes; images held out of the training set instead of the
   * test set; a few shots per class of the rest.
   *
   * @throws IllegalArgumentException if the set has too few; the message says of what
   */
  public static ImageSplits<?> of(ExperimentConfig config, ImageSplits<?> whole) {
    DatasetConfig dataset = config.dataset();
    ImageSet train = classes(dataset, whole.train());
    ImageSet test = classes(dataset, whole.test());
    if (dataset.validation() != null) {
      test = train.heldOut(dataset.validation());
      train = train.withoutHeldOut(dataset.validation());
    }
    if (dataset.shots() != null) {
      long seed = dataset.shotsSeed() == null ? config.seed() : dataset.shotsSeed();
      train = train.shots(dataset.shots(), seed);
    }
    return new ImageSplits<>(train, test);
  }

  private static ImageSet classes(DatasetConfig dataset, ImageSet images) {
    DatasetConfig.ClassRange classes = dataset.classes();
    return classes == null ? images : images.classes(classes.first(), classes.last());
  }

  /** What a result must say about its data; {@code null} for nothing. */
  public static String note(ExperimentConfig config, ImageSplits<?> selected) {
    if (config.dataset().validation() == null) {
      return selected.note().isEmpty() ? null : selected.note();
    }
    return selected.note().isEmpty() ? HELD_OUT : selected.note() + "; " + HELD_OUT;
  }
}
