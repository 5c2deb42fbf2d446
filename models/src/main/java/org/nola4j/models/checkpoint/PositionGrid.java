package org.nola4j.models.checkpoint;

/**
 * How many patches an image has down and across.
 *
 * @param height patches down
 * @param width patches across
 */
record PositionGrid(int height, int width) {
  PositionGrid {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("a grid of %d x %d has no patch".formatted(height, width));
    }
  }

  int patches() {
    return Math.multiplyExact(height, width);
  }
}
