// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.random;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which examples of a set a rule chooses, as ascending indices; {@code ImageSet} states the rules.
 *
 * @param set what messages call it, as "mnist train"
 * @param noun what they call an example, as "image"
 * @param classNames the classes' names
 * @param labels the class of each example
 */
public record Selection(String set, String noun, List<String> classNames, int[] labels) {
  private static final int HELD_OUT_SEED = 0;

  /** As many examples of every class. */
  public int[] shots(int perClass, long seed) {
    if (perClass < 1) {
      throw new IllegalArgumentException(
          "need at least 1 %s a class, got %d".formatted(noun, perClass));
    }
    EpochOrder order = EpochOrder.shuffled(labels.length, seed);
    int[] drawn = new int[classNames.size()];
    int[] examples =
        IntStream.range(0, labels.length)
            .map(order::image)
            .filter(example -> drawn[labels[example]]++ < perClass)
            .sorted()
            .toArray();
    for (int label = 0; label < drawn.length; label++) {
      if (drawn[label] < perClass) {
        throw new IllegalArgumentException(
            "%s has %d %ss of class %s, cannot draw %d"
                .formatted(set, drawn[label], noun, classNames.get(label), perClass));
      }
    }
    return examples;
  }

  /** Examples kept from training. */
  public int[] heldOut(int count) {
    if (count < 1 || count >= labels.length) {
      throw new IllegalArgumentException(
          "%s has %d %ss, cannot hold out %d".formatted(set, labels.length, noun, count));
    }
    int[] examples =
        EpochOrder.shuffled(labels.length, HELD_OUT_SEED)
            .images(labels.length - count, labels.length);
    Arrays.sort(examples);
    return examples;
  }

  /** All examples but the given ones, which ascend. */
  public int[] others(int[] examples) {
    return IntStream.range(0, labels.length)
        .filter(example -> Arrays.binarySearch(examples, example) < 0)
        .toArray();
  }
}
