// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * A pretrained GPT-2 adapted to say data in words (E2E, WebNLG, DART), then scored on what it
 * writes.
 *
 * <p>The same as {@code nola run gpt2-nlg}, with the same options; {@code --base} names the folder
 * of the GPT-2.
 */
public final class Gpt2Nlg {
  private Gpt2Nlg() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("gpt2-nlg", args);
  }
}
