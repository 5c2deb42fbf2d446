// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.random;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Selects examples of a set by the rules that {@code ImageSet} states; indices are ascending.
 *
 * @param set its name in messages, such as "mnist train"
 * @param noun the word for an example in messages, such as "image"
 * @param classNames the names of the classes
 * @param labels the class of each example
 */
public record ExampleSelection(String set, String noun, List<String> classNames, int[] labels) {
  private static final int HELD_OUT_SEED = 0;

  /** The same number of examples from every class. */
  public int[] shots(int perClass, long seed) {
    if (perClass < 1) {
      throw new IllegalArgumentException(
          "need at least 1 %s per class, got %d".formatted(noun, perClass));
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
            "%s has %d %ss of class %s, but %d are needed"
                .formatted(set, drawn[label], noun, classNames.get(label), perClass));
      }
    }
    return examples;
  }

  /** Validation examples. */
  public int[] heldOut(int count) {
    if (count < 1 || count >= labels.length) {
      throw new IllegalArgumentException(
          "%s has %d %ss, so %d cannot be held out".formatted(set, labels.length, noun, count));
    }
    int[] examples =
        EpochOrder.shuffled(labels.length, HELD_OUT_SEED)
            .images(labels.length - count, labels.length);
    Arrays.sort(examples);
    return examples;
  }

  /** All examples except the given ones, which are in ascending order. */
  public int[] others(int[] examples) {
    return IntStream.range(0, labels.length)
        .filter(example -> Arrays.binarySearch(examples, example) < 0)
        .toArray();
  }
}
