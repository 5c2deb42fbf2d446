// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.nola4j.datasets.text.TextFile;

/**
 * A data set and how it is used.
 *
 * @param name the registered name, such as mnist, fashion-mnist, or synthetic-digits
 * @param normalization how pixel values are normalized; {@code null} where there are none
 * @param augmentation how training images are augmented; {@code null} for not at all
 * @param imageSize height and width that images are resized to, if the network supports it; {@code
 *     null} for their own size, or for the network's usual size if they differ
 * @param classes the classes to use, renumbered from 0; {@code null} for all
 * @param shots number of training examples per class, drawn at random; {@code null} for all
 * @param shotsSeed seed for drawing them; {@code null} for the run's seed
 * @param passes passes over the training set per epoch, useful for few images; {@code null} for one
 * @param validation examples of the training set, always the same ones, that are kept from training
 *     and measured in place of the test set, to choose settings by; {@code null} for none
 * @param samples samples of the training set of a language model, always the same ones drawn at
 *     random, that are trained on; {@code null} for all
 * @param measured texts of the test set, always the same ones, that are measured; {@code null} for
 *     all
 * @param sha256 of a file of the user's own, as a run found it; {@code null} for any
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
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer samples,
    @JsonInclude(JsonInclude.Include.NON_NULL) Integer measured,
    @JsonInclude(JsonInclude.Include.NON_NULL) String sha256) {

  /** How pixel values, 0 to 255 in the files, are normalized. */
  public enum Normalization {
    /** Divided by 255: 0 to 1. */
    @JsonProperty("unit")
    UNIT,
    /**
     * Divided by 255, minus a mean, divided by a standard deviation: the usual constants of the
     * set. Fashion-MNIST and the stand-in for MNIST use MNIST's, the stand-in for CIFAR-10 uses
     * CIFAR-10's, and sets without their own use ImageNet's.
     */
    @JsonProperty("standard")
    STANDARD,
    /** The same with ImageNet's constants for every set. */
    @JsonProperty("imagenet")
    IMAGENET,
    /**
     * The same with mean and standard deviation 1/2: -1 to 1, as for many of timm's transformers.
     */
    @JsonProperty("half")
    HALF
  }

  /**
   * A range of classes.
   *
   * @param first number of the first class in the whole set, from 0
   * @param last number of the last class
   */
  public record ClassRange(int first, int last) {

    /** Checks that the range is not empty. */
    public ClassRange {
      ConfigChecks.atLeast("first", 0, first);
      ConfigChecks.atLeast("last", first, last);
    }
  }

  /** How training images are augmented. */
  public enum Augmentation {
    /** Not at all. */
    @JsonProperty("none")
    NONE,
    /** Padded by an eighth, randomly cropped to their size, randomly flipped. */
    @JsonProperty("crop-flip")
    CROP_FLIP,
    /** A random crop of random size, resized to the network's size, randomly flipped. */
    @JsonProperty("resized-crop-flip")
    RESIZED_CROP_FLIP,
    /**
     * The same with color jitter, grayscale, and blur: the paper's augmentation for few shots. Test
     * images are resized to 256/224 of the network's size and cropped.
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
    ConfigChecks.atLeast("samples", 1, samples);
    ConfigChecks.atLeast("measured", 1, measured);
    sha256 = ConfigChecks.sha256("sha256", sha256);
    if (sha256 != null && !TextFile.isNamedSo(name)) {
      throw new IllegalArgumentException("sha256 is that of a file of texts, not of " + name);
    }
  }

  /** The same set, whose file has a digest. */
  public DatasetConfig withSha256(String digest) {
    return new DatasetConfig(
        name,
        normalization,
        augmentation,
        imageSize,
        classes,
        shots,
        shotsSeed,
        passes,
        validation,
        samples,
        measured,
        digest);
  }

  /** Whether training images are augmented. */
  public boolean augmented() {
    return augmentation != null && augmentation != Augmentation.NONE;
  }

  /** Passes over the training set per epoch. */
  public int passesPerEpoch() {
    return passes == null ? 1 : passes;
  }
}
