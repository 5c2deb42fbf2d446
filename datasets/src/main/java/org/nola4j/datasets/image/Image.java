// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.image;

import java.util.Arrays;
import java.util.Objects;

/**
 * The pixels of one image as decoded, not normalized: unsigned bytes, [channels, height, width].
 * Immutable.
 */
public final class Image {
  private final int channels;
  private final int height;
  private final int width;
  private final byte[] pixels;

  private Image(int channels, int height, int width, byte[] pixels) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.pixels = pixels;
  }

  /**
   * Creates an image from a copy of the given bytes.
   *
   * @param channels color channels, at least 1
   * @param height rows, at least 1
   * @param width columns, at least 1
   * @param pixels unsigned bytes, [channels, height, width]
   * @return the image
   * @throws IllegalArgumentException if a size is not positive, or the number of bytes does not
   *     match
   */
  public static Image of(int channels, int height, int width, byte[] pixels) {
    return owning(channels, height, width, pixels.clone());
  }

  /** Like {@link #of}, but takes ownership of the array. */
  public static Image owning(int channels, int height, int width, byte[] pixels) {
    if (channels < 1 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "an image needs at least one channel, row, and column, got %dx%dx%d"
              .formatted(channels, height, width));
    }
    if (pixels.length != (long) channels * height * width) {
      throw new IllegalArgumentException(
          "an image of %dx%dx%d needs %d bytes, got %d"
              .formatted(channels, height, width, (long) channels * height * width, pixels.length));
    }
    return new Image(channels, height, width, pixels);
  }

  /** Color channels: 1 for gray, 3 for RGB. */
  public int channels() {
    return channels;
  }

  /** Rows of pixels. */
  public int height() {
    return height;
  }

  /** Columns of pixels. */
  public int width() {
    return width;
  }

  /** All pixels, a copy of the unsigned bytes, [channels, height, width] */
  public byte[] pixels() {
    return pixels.clone();
  }

  /**
   * One value.
   *
   * @param channel from 0
   * @param row from 0, the top
   * @param column from 0, the left
   * @return from 0 to 255
   * @throws IndexOutOfBoundsException if there is no such pixel
   */
  public int value(int channel, int row, int column) {
    Objects.checkIndex(channel, channels);
    Objects.checkIndex(row, height);
    Objects.checkIndex(column, width);
    return pixels[(channel * height + row) * width + column] & 0xff;
  }

  /** Images are equal if their sizes and pixels are. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Image image && hasSizeOf(image) && Arrays.equals(pixels, image.pixels);
  }

  @Override
  public int hashCode() {
    return Objects.hash(channels, height, width, Arrays.hashCode(pixels));
  }

  /** The size, such as 3x32x32. */
  @Override
  public String toString() {
    return "%dx%dx%d".formatted(channels, height, width);
  }

  boolean hasSizeOf(Image other) {
    return channels == other.channels && height == other.height && width == other.width;
  }

  /** The pixels themselves. Do not change them. */
  public byte[] sharedPixels() {
    return pixels;
  }

  /** The image flipped left to right. */
  Image flipped() {
    byte[] to = new byte[pixels.length];
    for (int row = 0; row < pixels.length; row += width) {
      for (int column = 0; column < width; column++) {
        to[row + width - 1 - column] = pixels[row + column];
      }
    }
    return new Image(channels, height, width, to);
  }

  /**
   * Returns a rectangle of the image; parts outside the image are black.
   *
   * @param top row of its first row, negative if above the image
   * @param left column of its first column, negative if left of the image
   */
  public Image crop(int top, int left, int cropHeight, int cropWidth) {
    byte[] to = new byte[Math.multiplyExact(channels, Math.multiplyExact(cropHeight, cropWidth))];
    int fromColumn = Math.max(left, 0);
    int columns = Math.min(left + cropWidth, width) - fromColumn;
    for (int channel = 0; channel < channels && columns > 0; channel++) {
      for (int row = Math.max(top, 0); row < Math.min(top + cropHeight, height); row++) {
        int from = (channel * height + row) * width + fromColumn;
        int at = (channel * cropHeight + row - top) * cropWidth + fromColumn - left;
        System.arraycopy(pixels, from, to, at, columns);
      }
    }
    return new Image(channels, cropHeight, cropWidth, to);
  }
}
