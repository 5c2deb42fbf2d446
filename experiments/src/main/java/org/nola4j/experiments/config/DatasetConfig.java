package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A data set by its registered name.
 *
 * @param name the registered name, as mnist, fashion-mnist or synthetic-digits
 * @param normalization what is done to the values of a pixel
 * @param augmentation how training images are varied; {@code null} if they are not
 * @param shots training images of each class, which the seed draws; {@code null} for all images
 * @param passes passes over the training set that make an epoch, since few images are soon gone
 *     through; {@code null} for one
 * @param validation images at the end of the training set that are kept from training and measured
 *     in place of the test set, to choose settings by; {@code null} for none
 */
public record DatasetConfig(
    String name,
    Normalization normalization,
    @JsonInclude(JsonInclude.Include.NON_NULL) Augmentation augmentation,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer shots,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer passes,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer validation) {

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

  /** Checks that name and normalisation are there, and the ranges. */
  public DatasetConfig {
    Require.present("name", name);
    Require.present("normalization", normalization);
    Require.atLeast("shots", 1, shots);
    Require.atLeast("passes", 1, passes);
    Require.atLeast("validation", 1, validation);
  }

  /** Whether training images are varied. */
  public boolean augmented() {
    return augmentation != null && augmentation != Augmentation.NONE;
  }

  /** Whether the set is not taken as it is: images chosen, held out, or gone through repeatedly. */
  public boolean selected() {
    return shots != null || passes != null || validation != null;
  }

  /** Passes over the training set in an epoch. */
  public int passesPerEpoch() {
    return passes == null ? 1 : passes;
  }
}
