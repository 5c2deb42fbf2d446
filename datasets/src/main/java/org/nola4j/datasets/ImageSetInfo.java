// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets;

import java.util.List;
import java.util.stream.IntStream;
import org.nola4j.datasets.random.ExampleSelection;

/**
 * Describes a set of labeled images.
 *
 * @param name the data set, as {@code ImageDataSets} lists it
 * @param split the part of it, such as {@code train} or {@code test}
 * @param channels color channels: 1 for grayscale, 3 for RGB
 * @param height rows of pixels, or 0 (like {@code width}) if images differ in size
 * @param width columns of pixels, or 0 (like {@code height})
 * @param classes number of classes; labels run from 0 to {@code classes - 1}
 * @param standIn whether the images were generated to stand in for a real set; results on a
 *     stand-in must say so wherever they appear
 * @param classNames one name per class, or none, in which case the class numbers are the names
 * @param note what else a result must say about its data, for example that it is a lossy copy;
 *     often empty
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
   * @throws IllegalArgumentException if a size is not positive, name or split is blank, or the
   *     number of names is neither 0 nor the number of classes
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
   * Describes a set without class names and without a note.
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

  /** Returns whether all images have the size given here; otherwise each has its own. */
  public boolean oneSize() {
    return height > 0;
  }

  /**
   * Returns the bytes per image, which is also the number of inputs of a network that takes it
   * flat: channels x height x width.
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

  /** Returns one name per class: as published, or the class numbers "0", "1", and so on. */
  public List<String> labelNames() {
    return classNames.isEmpty()
        ? IntStream.range(0, classes).mapToObj(Integer::toString).toList()
        : classNames;
  }

  /**
   * Describes the same set with a range of classes only; the note says which.
   *
   * @throws IllegalArgumentException if there are no such classes
   */
  public ImageSetInfo ofClasses(int first, int last) {
    if (first < 0 || last < first || last >= classes) {
      throw new IllegalArgumentException(
          "%s has classes 0 to %d, but classes %d to %d were requested"
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

  /** Describes another split of the same set. */
  public ImageSetInfo ofSplit(String other) {
    return new ImageSetInfo(
        name, other, channels, height, width, classes, standIn, classNames, note);
  }

  /**
   * Returns whether both describe the same set, that is, whether all but the split is equal.
   *
   * @param other of another split, perhaps
   * @return whether it is
   */
  public boolean sameSetAs(ImageSetInfo other) {
    return equals(other.ofSplit(split));
  }

  /** Returns one line about {@code size} such images. */
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
  ExampleSelection selection(int[] labels) {
    return new ExampleSelection(name + " " + split, "image", labelNames(), labels);
  }
}
