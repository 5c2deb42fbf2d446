// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.random;

import java.util.Arrays;

/**
 * The order of images in an epoch: that of the set, or shuffled. It depends on the seed, the epoch
 * and the size of the set only, and costs one int per image.
 *
 * <p>The rule of shuffling, which needs integers only, so that any language can repeat it: begin
 * with the order of the set; for i from the last place down to 1, swap places i and {@code (next
 * >>> 32) * (i + 1) >>> 32}, where {@code next} is the next output of a SplitMix64 generator (the
 * JDK's {@code SplittableRandom}) with the initial state {@code mix(seed + 0x9e3779b97f4a7c15) ^
 * mix(epoch)}, and {@code mix} is its output function.
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

  /** Another order in every epoch, which begins at epoch 0. */
  public static EpochOrder shuffled(int size, long seed) {
    return new EpochOrder(size, true, seed);
  }

  /**
   * Makes this the order of another epoch.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void goTo(int epoch) {
    if (epoch < 0) {
      throw new IllegalArgumentException("an epoch is at least 0, got " + epoch);
    }
    Arrays.setAll(order, i -> i);
    if (shuffled) {
      shuffle(SplitMix64.member(seed, epoch));
    }
  }

  /** The image at a place. */
  public int image(int place) {
    return order[place];
  }

  /** The images from one place up to before another. A copy. */
  public int[] images(int from, int to) {
    return Arrays.copyOfRange(order, from, to);
  }

  /** Fisher-Yates shuffle, from the last place down to the second. */
  private void shuffle(SplitMix64 random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int image = order[i];
      order[i] = order[j];
      order[j] = image;
    }
  }
}
