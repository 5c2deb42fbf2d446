// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.random;

import java.util.Arrays;

/**
 * The order of images in an epoch: the set's own, or shuffled. It depends only on the seed, the
 * epoch, and the size of the set, and takes one int per image.
 *
 * <p>The shuffle needs integers only, so that any language can repeat it: begin with the order of
 * the set; for i from the last position down to 1, swap positions i and {@code (next >>> 32) * (i +
 * 1) >>> 32}, where {@code next} is the next output of a SplitMix64 generator (the JDK's {@code
 * SplittableRandom}) with the initial state {@code mix(seed + 0x9e3779b97f4a7c15) ^ mix(epoch)},
 * and {@code mix} is its output function.
 */
public final class EpochOrder {
  private final boolean shuffled;
  private final long seed;
  private final int[] order;

  private EpochOrder(int size, boolean shuffled, long seed) {
    this.shuffled = shuffled;
    this.seed = seed;
    order = new int[size];
    goTo(0);
  }

  /** The order of the set, in every epoch. */
  public static EpochOrder ofTheSet(int size) {
    return new EpochOrder(size, false, 0);
  }

  /** A different order in every epoch; starts at epoch 0. */
  public static EpochOrder shuffled(int size, long seed) {
    return new EpochOrder(size, true, seed);
  }

  /**
   * Changes this to the order of another epoch.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void goTo(int epoch) {
    if (epoch < 0) {
      throw new IllegalArgumentException("the epoch must be at least 0, got " + epoch);
    }
    Arrays.setAll(order, i -> i);
    if (shuffled) {
      shuffle(SplitMix64.member(seed, epoch));
    }
  }

  /** The image at a position. */
  public int image(int place) {
    return order[place];
  }

  /** A copy of the images from one position (inclusive) to another (exclusive). */
  public int[] images(int from, int to) {
    return Arrays.copyOfRange(order, from, to);
  }

  /** Fisher-Yates shuffle, from the last position down to the second. */
  private void shuffle(SplitMix64 random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int image = order[i];
      order[i] = order[j];
      order[j] = image;
    }
  }
}
