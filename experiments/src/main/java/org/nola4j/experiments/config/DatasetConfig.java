// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A data set by its registered name.
 *
 * @param name the registered name, as mnist, fashion-mnist or synthetic-digits
 * @param normalization what is done to the values of a pixel; {@code null} where there are none
 * @param augmentation how training images are varied; {@code null} if they are not
 * @param imageSize height and width that images get, where the network can take them; {@code null}
 *     for their own, or where they differ in size the network's usual one
 * @param classes the classes that are taken, which are then numbered from 0; {@code null} for all
 * @param shots training images of each class, drawn at random; {@code null} for all images
 * @param shotsSeed decides which ones; {@code null} for the run's seed
 * @param passes passes over the training set that make an epoch, since few images are soon gone
 *     through; {@code null} for one
 * @param validation examples of the training set, always the same ones, that are kept from training
 *     and measured in place of the test set, to choose settings by; {@code null} for none
 * @param measured texts of the test set, always the same ones, that are measured; {@code null} for
 *     all
 */
public record DatasetConfig(
    String name,
    @JsonInclude(JsonInclude.Include.NON_NULL) Normalization normalization,
    @JsonInclude(JsonInclude.Include.NON_NULL) Augmentation augmentation,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer imageSize,
    @JsonInclude(JsonInclude.Include.NON_NULL) ClassRange classes,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer shots,
    @JsonInclude(JsonInclude.Include.NON_NULL) Long shotsSeed,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer passes,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer validation,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer measured) {

  /** What is done to the values of a pixel, 0 to 255 in the files. */
  public enum Normalization {
    /** Divided by 255: 0 to 1. */
    @JsonProperty("unit")
    UNIT,
    /**
     * Divided by 255, less a mean, divided by a deviation: the usual constants of the set, for
     * Fashion-MNIST and the stand-in for MNIST those of MNIST, for the stand-in for CIFAR-10 those
     * of CIFAR-10, and those of ImageNet for sets that have none.
     */
    @JsonProperty("standard")
    STANDARD,
    /** The same with the constants of ImageNet, whatever the set. */
    @JsonProperty("imagenet")
    IMAGENET,
    /** The same with mean and deviation 1/2: -1 to 1, as many of timm's transformers have it. */
    @JsonProperty("half")
    HALF
  }

  /**
   * Neighboring classes.
   *
   * @param first number of the first one in the whole set, from 0
   * @param last number of the last one
   */
  public record ClassRange(int first, int last) {

    /** Checks that there is a class. */
    public ClassRange {
      ConfigChecks.atLeast("first", 0, first);
      ConfigChecks.atLeast("last", first, last);
    }
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
    RESIZED_CROP_FLIP,
    /**
     * As before, with color jitter, gray and blur: the paper's for few shots. Images to measure on
     * are then scaled to 256/224 of the network's size and cropped.
     */
    @JsonProperty("few-shot")
    FEW_SHOT
  }

  /** Checks that the name is there, and the ranges. */
  public DatasetConfig {
    ConfigChecks.present("name", name);
    ConfigChecks.atLeast("imageSize", 1, imageSize);
    ConfigChecks.atLeast("shots", 1, shots);
    ConfigChecks.atLeast("passes", 1, passes);
    ConfigChecks.atLeast("validation", 1, validation);
    ConfigChecks.atLeast("measured", 1, measured);
  }

  /** Whether training images are varied. */
  public boolean augmented() {
    return augmentation != null && augmentation != Augmentation.NONE;
  }

  /** Passes over the training set in an epoch. */
  public int passesPerEpoch() {
    return passes == null ? 1 : passes;
  }
}
