package org.nola4j.experiments.config;

/**
 * What the network that an experiment adapts was trained on, and how.
 *
 * @param seed decides its initial values and the order of the examples
 * @param dataset what it learnt
 * @param training how
 */
public record BaseConfig(long seed, DatasetConfig dataset, TrainingConfig training) {

  /** Checks that every part is there. */
  public BaseConfig {
    Require.present("dataset", dataset);
    Require.present("training", training);
  }
}
