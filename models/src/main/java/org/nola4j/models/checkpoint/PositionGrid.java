// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The number of patches of an image down and across.
 *
 * @param height patches down
 * @param width patches across
 */
record PositionGrid(int height, int width) {
  /** The key in a file's metadata, for images that are not square. */
  static final String METADATA = "position_grid";

  private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})");

  PositionGrid {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "a grid of %d x %d has no patches".formatted(height, width));
    }
  }

  /** The square grid with this many patches, if there is one. */
  static Optional<PositionGrid> square(int patches) {
    int side = (int) Math.sqrt(patches);
    return side >= 1 && side * side == patches
        ? Optional.of(new PositionGrid(side, side))
        : Optional.empty();
  }

  /**
   * Parses a grid such as 2x5 that has a position for each patch, and maybe one for a class token.
   */
  static Optional<PositionGrid> parse(String text, int positions) {
    Matcher sides = FORM.matcher(text);
    if (!sides.matches()) {
      return Optional.empty();
    }
    long height = Long.parseLong(sides.group(1));
    long width = Long.parseLong(sides.group(2));
    return height * width == positions - 1 || height * width == positions
        ? Optional.of(new PositionGrid((int) height, (int) width))
        : Optional.empty();
  }

  /** The grid as {@link #parse} reads it. */
  String text() {
    return height + "x" + width;
  }

  int patches() {
    return Math.multiplyExact(height, width);
  }
}
