// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.util.List;
import java.util.stream.IntStream;
import org.nola4j.datasets.random.Selection;

/**
 * What a set of labeled images is, apart from the images.
 *
 * @param name the data set, as {@code ImageDataSets} lists it
 * @param split the part of it, such as {@code train} or {@code test}
 * @param channels color channels an image: 1 for gray, 3 for RGB
 * @param height rows of pixels, or 0, with {@code width}, where images differ in size
 * @param width columns of pixels, or 0, with {@code height}
 * @param classes number of classes; labels run from 0 to {@code classes - 1}
 * @param standIn whether the images were generated to stand in for a real set; results on a
 *     stand-in must say so wherever they are shown
 * @param classNames one name a class, or none, which stands for the class numbers
 * @param note what else a result must say of its data, such as that this is a lossy copy; empty if
 *     nothing
 */
public record ImageSetInfo(
    String name,
    String split,
    int channels,
    int height,
    int width,
    int classes,
    boolean standIn,
    List<String> classNames,
    String note) {

  /**
   * Checks the sizes and copies the list.
   *
   * @throws IllegalArgumentException if a size is not positive, name or split is blank, or there is
   *     neither one name a class nor none
   */
  public ImageSetInfo {
    if (name.isBlank() || split.isBlank()) {
      throw new IllegalArgumentException(
          "name and split must not be blank, got '%s' and '%s'".formatted(name, split));
    }
    boolean anySize = height == 0 && width == 0;
    if (channels < 1 || !((height > 0 && width > 0) || anySize) || classes < 1) {
      throw new IllegalArgumentException(
          "channels, height, width and classes must be positive, got %d, %d, %d and %d"
              .formatted(channels, height, width, classes));
    }
    Math.multiplyExact(Math.multiplyExact(channels, height), width);
    classNames = List.copyOf(classNames);
    if (!classNames.isEmpty() && classNames.size() != classes) {
      throw new IllegalArgumentException(
          "%s has %d classes, got %d names".formatted(name, classes, classNames.size()));
    }
  }

  /**
   * Of a set whose classes have no names but their numbers and of which there is nothing to note.
   *
   * @param name as above
   * @param split as above
   * @param channels as above
   * @param height as above
   * @param width as above
   * @param classes as above
   * @param standIn as above
   */
  public ImageSetInfo(
      String name,
      String split,
      int channels,
      int height,
      int width,
      int classes,
      boolean standIn) {
    this(name, split, channels, height, width, classes, standIn, List.of(), "");
  }

  /** Whether all images have the size given here; otherwise each one has its own. */
  public boolean oneSize() {
    return height > 0;
  }

  /**
   * Bytes an image, and inputs of a network that takes it flat: channels x height x width.
   *
   * @throws IllegalStateException if images differ in size
   */
  public int pixelsPerImage() {
    if (!oneSize()) {
      throw new IllegalStateException(
          "images of %s %s differ in size: crop or resize them first".formatted(name, split));
    }
    return channels * height * width;
  }

  /** One name a class: as published, or the class numbers as text, "0", "1", and so on. */
  public List<String> labelNames() {
    return classNames.isEmpty()
        ? IntStream.range(0, classes).mapToObj(Integer::toString).toList()
        : classNames;
  }

  /**
   * Of the same set with some neighboring classes only; the note says which.
   *
   * @throws IllegalArgumentException if there are no such classes
   */
  public ImageSetInfo ofClasses(int first, int last) {
    if (first < 0 || last < first || last >= classes) {
      throw new IllegalArgumentException(
          "%s has classes 0 to %d, cannot take those from %d to %d"
              .formatted(name, classes - 1, first, last));
    }
    if (first == 0 && last == classes - 1) {
      return this;
    }
    String which = "classes %d to %d of %d".formatted(first, last, classes);
    return new ImageSetInfo(
        name,
        split,
        channels,
        height,
        width,
        last - first + 1,
        standIn,
        labelNames().subList(first, last + 1),
        note.isEmpty() ? which : which + ", " + note);
  }

  /** Of another split of the same set. */
  public ImageSetInfo ofSplit(String other) {
    return new ImageSetInfo(
        name, other, channels, height, width, classes, standIn, classNames, note);
  }

  /**
   * Whether the other is of the same set: all but the split agrees.
   *
   * @param other of another split, perhaps
   * @return whether it is
   */
  public boolean sameSetAs(ImageSetInfo other) {
    return equals(other.ofSplit(split));
  }

  /** One line for {@code size} such images. */
  public String describe(int size) {
    String extent = oneSize() ? "%dx%dx%d".formatted(channels, height, width) : "any size";
    return "%s %s: %d images of %s, %d classes%s%s"
        .formatted(
            name,
            split,
            size,
            extent,
            classes,
            standIn ? " (stand-in)" : "",
            note.isEmpty() ? "" : " (" + note + ")");
  }

  /** Chooses among images of these classes. */
  Selection selection(int[] labels) {
    return new Selection(name + " " + split, "image", labelNames(), labels);
  }
}
