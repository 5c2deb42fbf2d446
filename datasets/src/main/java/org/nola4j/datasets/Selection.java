package org.nola4j.datasets;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which images of a set a rule chooses, as ascending indices; {@link ImageSet} states the rules.
 */
final class Selection {
  private static final int HELD_OUT_SEED = 0;

  private Selection() {}

  /** As many images of every class. */
  static int[] shots(ImageSet set, int perClass, long seed) {
    if (perClass < 1) {
      throw new IllegalArgumentException("need at least 1 image a class, got " + perClass);
    }
    EpochOrder order = EpochOrder.shuffled(set.size(), seed);
    int[] drawn = new int[set.info().classes()];
    int[] images =
        IntStream.range(0, set.size())
            .map(order::image)
            .filter(image -> drawn[set.label(image)]++ < perClass)
            .sorted()
            .toArray();
    for (int label = 0; label < drawn.length; label++) {
      if (drawn[label] < perClass) {
        ImageSetInfo info = set.info();
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
  static int[] heldOut(ImageSet set, int count) {
    if (count < 1 || count >= set.size()) {
      throw new IllegalArgumentException(
          "%s %s has %d images, cannot hold out %d"
              .formatted(set.info().name(), set.info().split(), set.size(), count));
    }
    int[] images =
        EpochOrder.shuffled(set.size(), HELD_OUT_SEED).images(set.size() - count, set.size());
    Arrays.sort(images);
    return images;
  }

  /** All images of some neighbouring classes. */
  static int[] ofClasses(ImageSet set, int first, int last) {
    return IntStream.range(0, set.size())
        .filter(image -> set.label(image) >= first && set.label(image) <= last)
        .toArray();
  }

  /** All images but the given ones, which ascend. */
  static int[] others(ImageSet set, int[] images) {
    return IntStream.range(0, set.size())
        .filter(image -> Arrays.binarySearch(images, image) < 0)
        .toArray();
  }
}
