// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.random.ExampleSelection;

/**
 * One split of a data set in memory: images of one size with class labels.
 *
 * <p>Pixels are unsigned bytes in NCHW order (image, channel, row, column), as published and not
 * normalized. A label is a class number from 0. Immutable; takes about one byte per pixel.
 */
public final class LabeledImages implements ImageSet {
  private final ImageSetInfo info;
  private final byte[] pixels;
  private final int[] labels;

  private LabeledImages(ImageSetInfo info, byte[] pixels, int[] labels) {
    this.info = info;
    this.pixels = pixels;
    this.labels = labels;
  }

  /**
   * Creates a set from copies of the given arrays.
   *
   * @param info what the set is
   * @param pixels unsigned bytes, [images, channels, height, width]
   * @param labels one class number per image, from 0 to {@code info.classes() - 1}
   * @return the set
   * @throws IllegalArgumentException if there are no images, the lengths do not match, or a label
   *     is out of range
   */
  public static LabeledImages of(ImageSetInfo info, byte[] pixels, int[] labels) {
    return owning(info, pixels.clone(), labels.clone());
  }

  /** Like {@link #of}, but takes ownership of the arrays: for readers, which do not keep them. */
  public static LabeledImages owning(ImageSetInfo info, byte[] pixels, int[] labels) {
    checkLengths(info, pixels, labels);
    checkLabels(info, labels);
    return new LabeledImages(info, pixels, labels);
  }

  @Override
  public ImageSetInfo info() {
    return info;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int image) {
    return labels[Objects.checkIndex(image, size())];
  }

  /** Returns a copy of all labels, in order. */
  public int[] labels() {
    return labels.clone();
  }

  /**
   * The pixels of an image.
   *
   * @param image index of the image, from 0
   * @return a copy of the unsigned bytes, [channels, height, width]
   * @throws IndexOutOfBoundsException if there is no such image
   */
  public byte[] pixels(int image) {
    int length = info.pixelsPerImage();
    int from = Objects.checkIndex(image, size()) * length;
    return Arrays.copyOfRange(pixels, from, from + length);
  }

  @Override
  public void digest(int image, MessageDigest digest) {
    int length = info.pixelsPerImage();
    digest.update(pixels, Objects.checkIndex(image, size()) * length, length);
  }

  @Override
  public Image image(int image) {
    return Image.owning(info.channels(), info.height(), info.width(), pixels(image));
  }

  /**
   * Returns a set of the first images.
   *
   * @param count how many, from 1 to {@link #size()}
   * @return a set with the same name and split
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  public LabeledImages first(int count) {
    if (count < 1 || count > size()) {
      throw new IllegalArgumentException(
          "%s %s has %d images, but the first %d were requested"
              .formatted(info.name(), info.split(), size(), count));
    }
    return select(IntStream.range(0, count).toArray());
  }

  @Override
  public LabeledImages select(int... images) {
    return select(info, images, 0);
  }

  @Override
  public LabeledImages classes(int first, int last) {
    return select(info.ofClasses(first, last), imagesOfClasses(first, last), first);
  }

  @Override
  public LabeledImages shots(int perClass, long seed) {
    return select(selection().shots(perClass, seed));
  }

  @Override
  public LabeledImages withoutShots(int perClass, long seed) {
    return select(selection().others(selection().shots(perClass, seed)));
  }

  @Override
  public LabeledImages heldOut(int count) {
    return select(selection().heldOut(count));
  }

  @Override
  public LabeledImages withoutHeldOut(int count) {
    return select(selection().others(selection().heldOut(count)));
  }

  private LabeledImages select(ImageSetInfo of, int[] images, int firstClass) {
    int length = info.pixelsPerImage();
    byte[] selected = new byte[Math.multiplyExact(images.length, length)];
    int[] classes = new int[images.length];
    for (int i = 0; i < images.length; i++) {
      classes[i] = label(images[i]) - firstClass;
      System.arraycopy(pixels, images[i] * length, selected, i * length, length);
    }
    return owning(of, selected, classes);
  }

  /** Name, split and size. */
  @Override
  public String toString() {
    return info.describe(size());
  }

  /** Returns all pixels, [images, channels, height, width]. Do not change them. */
  public byte[] sharedPixels() {
    return pixels;
  }

  private static void checkLengths(ImageSetInfo info, byte[] pixels, int[] labels) {
    if (labels.length == 0) {
      throw new IllegalArgumentException(
          "%s %s has no images".formatted(info.name(), info.split()));
    }
    long expected = (long) labels.length * info.pixelsPerImage();
    if (pixels.length != expected) {
      throw new IllegalArgumentException(
          "%s %s: %d images of %dx%dx%d need %d bytes of pixels, got %d"
              .formatted(
                  info.name(),
                  info.split(),
                  labels.length,
                  info.channels(),
                  info.height(),
                  info.width(),
                  expected,
                  pixels.length));
    }
  }

  private static void checkLabels(ImageSetInfo info, int[] labels) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= info.classes()) {
        throw new IllegalArgumentException(
            "%s %s: image %d has label %d, expected 0 to %d"
                .formatted(info.name(), info.split(), i, labels[i], info.classes() - 1));
      }
    }
  }

  private ExampleSelection selection() {
    return info.selection(labels);
  }
}
