package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A data set by its registered name.
 *
 * @param name the registered name, as mnist, fashion-mnist or synthetic-digits
 * @param normalization what is done to the values of a pixel
 */
public record DatasetConfig(String name, Normalization normalization) {

  /** What is done to the values of a pixel, 0 to 255 in the files. */
  public enum Normalization {
    /** Divided by 255: 0 to 1. */
    @JsonProperty("unit")
    UNIT,
    /** Divided by 255, less the training set's mean, divided by its standard deviation. */
    @JsonProperty("standard")
    STANDARD
  }

  /** Checks that both are there. */
  public DatasetConfig {
    Require.present("name", name);
    Require.present("normalization", normalization);
  }
}
