// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * A pretrained LLaMA, in 8 bits, adapted to follow Alpaca's instructions.
 *
 * <p>The same as {@code nola run llama-alpaca}, with the same options; {@code --base} names the
 * folder of the LLaMA.
 */
public final class LlamaAlpaca {
  private LlamaAlpaca() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("llama-alpaca", args);
  }
}
