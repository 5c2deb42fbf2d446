package org.nola4j.datasets.random;

import java.util.Arrays;

/**
 * The order of images in an epoch: that of the set, or shuffled by the rule that {@code
 * BatchIterator} states. A function of seed, epoch and size of the set only; costs one int an
 * image.
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

  public static EpochOrder ofTheSet(int size) {
    return new EpochOrder(size, false, 0);
  }

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
