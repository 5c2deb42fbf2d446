package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The network's free choices.
 *
 * @param hidden units in the hidden layer
 * @param bias what the biases are
 */
public record ModelConfig(int hidden, Bias bias) {

  /** What the biases are. */
  public enum Bias {
    /** Trained directly, whatever the method does to the weights. */
    @JsonProperty("free")
    FREE,
    /** One more row of the reparameterized weight matrix. */
    @JsonProperty("folded")
    FOLDED,
    /** There are none. */
    @JsonProperty("none")
    NONE
  }

  /** Checks the ranges. */
  public ModelConfig {
    Require.atLeast("hidden", 1, hidden);
    Require.present("bias", bias);
  }
}
