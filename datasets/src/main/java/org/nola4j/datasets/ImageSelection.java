// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nola4j.datasets.random.EpochOrder;

/**
 * Which images of a set a rule chooses, as ascending indices; {@code ImageSet} states the rules.
 *
 * @param info what the set is
 * @param labels the class of each image
 */
record ImageSelection(ImageSetInfo info, int[] labels) {
  private static final int HELD_OUT_SEED = 0;

  /** As many images of every class. */
  int[] shots(int perClass, long seed) {
    if (perClass < 1) {
      throw new IllegalArgumentException("need at least 1 image a class, got " + perClass);
    }
    EpochOrder order = EpochOrder.shuffled(labels.length, seed);
    int[] drawn = new int[info.classes()];
    int[] images =
        IntStream.range(0, labels.length)
            .map(order::image)
            .filter(image -> drawn[labels[image]]++ < perClass)
            .sorted()
            .toArray();
    for (int label = 0; label < drawn.length; label++) {
      if (drawn[label] < perClass) {
        throw new IllegalArgumentException(
            "%s %s has %d images of class %s, cannot draw %d"
                .formatted(
                    info.name(),
                    info.split(),
                    drawn[label],
                    info.labelNames().get(label),
                    perClass));
      }
    }
    return images;
  }

  /** Images kept from training. */
  int[] heldOut(int count) {
    if (count < 1 || count >= labels.length) {
      throw new IllegalArgumentException(
          "%s %s has %d images, cannot hold out %d"
              .formatted(info.name(), info.split(), labels.length, count));
    }
    int[] images =
        EpochOrder.shuffled(labels.length, HELD_OUT_SEED)
            .images(labels.length - count, labels.length);
    Arrays.sort(images);
    return images;
  }

  /** All images but the given ones, which ascend. */
  int[] others(int[] images) {
    return IntStream.range(0, labels.length)
        .filter(image -> Arrays.binarySearch(images, image) < 0)
        .toArray();
  }
}
