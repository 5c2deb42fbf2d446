package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A data set by its registered name.
 *
 * @param name the registered name, as mnist, fashion-mnist or synthetic-digits
 * @param normalization what is done to the values of a pixel
 * @param augmentation how training images are varied; {@code null} if they are not
 */
public record DatasetConfig(
    String name,
    Normalization normalization,
    @JsonInclude(JsonInclude.Include.NON_NULL) Augmentation augmentation) {

  /** What is done to the values of a pixel, 0 to 255 in the files. */
  public enum Normalization {
    /** Divided by 255: 0 to 1. */
    @JsonProperty("unit")
    UNIT,
    /** Divided by 255, less a mean, divided by a deviation: the usual constants of the set. */
    @JsonProperty("standard")
    STANDARD
  }

  /** How training images are varied from epoch to epoch. */
  public enum Augmentation {
    /** Not at all. */
    @JsonProperty("none")
    NONE,
    /** Padded by an eighth, cropped to their size at random, mirrored or not. */
    @JsonProperty("crop-flip")
    CROP_FLIP,
    /** A random part of random size, scaled to the network's size, mirrored or not. */
    @JsonProperty("resized-crop-flip")
    RESIZED_CROP_FLIP
  }

  /** Checks that name and normalisation are there. */
  public DatasetConfig {
    Require.present("name", name);
    Require.present("normalization", normalization);
  }

  /** Whether training images are varied. */
  public boolean augmented() {
    return augmentation != null && augmentation != Augmentation.NONE;
  }
}
