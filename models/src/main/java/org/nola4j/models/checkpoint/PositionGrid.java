// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.Optional;

/**
 * The number of patches of an image down and across.
 *
 * @param height patches down
 * @param width patches across
 */
record PositionGrid(int height, int width) {
  PositionGrid {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException("a grid of %d x %d has no patches".formatted(height, width));
    }
  }

  /** The square grid with this many patches, if there is one. */
  static Optional<PositionGrid> square(int patches) {
    int side = (int) Math.sqrt(patches);
    return side >= 1 && side * side == patches
        ? Optional.of(new PositionGrid(side, side))
        : Optional.empty();
  }

  int patches() {
    return Math.multiplyExact(height, width);
  }
}
