package org.nola4j.datasets;

/**
 * What a set of labelled images is, apart from the images.
 *
 * @param name the data set, as {@link ImageDataSets} knows it
 * @param split the part of it, such as {@code train} or {@code test}
 * @param channels colour channels an image: 1 for grey, 3 for RGB
 * @param height rows of pixels
 * @param width columns of pixels
 * @param classes number of classes; labels run from 0 to {@code classes - 1}
 * @param standIn whether the images were generated to stand in for a real set; results on a
 *     stand-in must say so wherever they are shown
 */
public record ImageSetInfo(
    String name, String split, int channels, int height, int width, int classes, boolean standIn) {

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive, or name or split is blank
   */
  public ImageSetInfo {
    if (name.isBlank() || split.isBlank()) {
      throw new IllegalArgumentException(
          "name and split must not be blank, got '%s' and '%s'".formatted(name, split));
    }
    if (channels < 1 || height < 1 || width < 1 || classes < 1) {
      throw new IllegalArgumentException(
          "channels, height, width and classes must be positive, got %d, %d, %d and %d"
              .formatted(channels, height, width, classes));
    }
    Math.multiplyExact(Math.multiplyExact(channels, height), width);
  }

  /** Bytes an image, and inputs of a network that takes it flat: channels x height x width. */
  public int pixelsPerImage() {
    return channels * height * width;
  }
}
