package org.nola4j.datasets;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Images of one size with their class labels, in memory: one split of a data set.
 *
 * <p>Pixels are unsigned bytes in NCHW order (image, channel, row, column), as published and not
 * normalised; a label is a class number from 0. Immutable, and about one byte a pixel.
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
   * Makes a set of copies of the given arrays.
   *
   * @param info what the set is
   * @param pixels unsigned bytes, [images, channels, height, width]
   * @param labels one class number an image, from 0 to {@code info.classes() - 1}
   * @return the set
   * @throws IllegalArgumentException if there is no image, the lengths disagree or a label is out
   *     of range
   */
  public static LabeledImages of(ImageSetInfo info, byte[] pixels, int[] labels) {
    return owning(info, pixels.clone(), labels.clone());
  }

  /** As {@link #of}, but takes the arrays over: for readers here, which do not keep them. */
  static LabeledImages owning(ImageSetInfo info, byte[] pixels, int[] labels) {
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

  /** The classes of all images, in order. A copy. */
  public int[] labels() {
    return labels.clone();
  }

  /**
   * The pixels of an image.
   *
   * @param image index of the image, from 0
   * @return unsigned bytes, [channels, height, width]. A copy.
   * @throws IndexOutOfBoundsException if there is no such image
   */
  public byte[] pixels(int image) {
    int length = info.pixelsPerImage();
    int from = Objects.checkIndex(image, size()) * length;
    return Arrays.copyOfRange(pixels, from, from + length);
  }

  @Override
  public Image image(int image) {
    return Image.owning(info.channels(), info.height(), info.width(), pixels(image));
  }

  /**
   * The first images as a set of their own.
   *
   * @param count how many, from 1 to {@link #size()}
   * @return a set of the same name and split
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  public LabeledImages first(int count) {
    if (count < 1 || count > size()) {
      throw new IllegalArgumentException(
          "%s %s has %d images, cannot take the first %d"
              .formatted(info.name(), info.split(), size(), count));
    }
    return slice(0, count);
  }

  /**
   * The last images as a set of their own; with {@link #first} of the rest, it cuts a set in two.
   *
   * @param count how many, from 1 to {@link #size()}
   * @return a set of the same name and split
   * @throws IllegalArgumentException if {@code count} is out of range
   */
  public LabeledImages last(int count) {
    if (count < 1 || count > size()) {
      throw new IllegalArgumentException(
          "%s %s has %d images, cannot take the last %d"
              .formatted(info.name(), info.split(), size(), count));
    }
    return slice(size() - count, size());
  }

  private LabeledImages slice(int from, int to) {
    int length = info.pixelsPerImage();
    return new LabeledImages(
        info,
        Arrays.copyOfRange(pixels, from * length, to * length),
        Arrays.copyOfRange(labels, from, to));
  }

  /**
   * As many images of every class, drawn at random: what a few-shot task is trained on. They are
   * the first ones of their class in the order that {@link BatchIterator} gives epoch 0 of this set
   * and seed, so more shots have the images of fewer among them.
   *
   * @param perClass images of each class, at least 1
   * @param seed decides which
   * @return a set of the same name and split, in the order of this one
   * @throws IllegalArgumentException if {@code perClass} is less than 1 or a class has fewer images
   */
  public LabeledImages shots(int perClass, long seed) {
    if (perClass < 1) {
      throw new IllegalArgumentException("need at least 1 image a class, got " + perClass);
    }
    EpochOrder order = EpochOrder.shuffled(size(), seed);
    int[] drawn = new int[info.classes()];
    int[] images =
        IntStream.range(0, size())
            .map(order::image)
            .filter(image -> drawn[labels[image]]++ < perClass)
            .sorted()
            .toArray();
    for (int label = 0; label < drawn.length; label++) {
      if (drawn[label] < perClass) {
        throw new IllegalArgumentException(
            "%s %s has %d images of class %s, cannot draw %d"
                .formatted(
                    info.name(),
                    info.split(),
                    drawn[label],
                    info.labelNames().get(label),
                    perClass));
      }
    }
    return select(images);
  }

  private LabeledImages select(int[] images) {
    int length = info.pixelsPerImage();
    byte[] selected = new byte[images.length * length];
    for (int i = 0; i < images.length; i++) {
      System.arraycopy(pixels, images[i] * length, selected, i * length, length);
    }
    return new LabeledImages(info, selected, IntStream.of(images).map(i -> labels[i]).toArray());
  }

  /** Name, split and size. */
  @Override
  public String toString() {
    return info.describe(size());
  }

  /** All pixels, [images, channels, height, width]: not to be changed. */
  byte[] sharedPixels() {
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
          "%s %s: %d labels of images of %dx%dx%d need %d bytes of pixels, got %d"
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
}
