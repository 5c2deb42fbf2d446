// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * A pretrained sentence encoder fine-tuned to classify texts, from a few of each class or many.
 *
 * <p>The same as {@code nola run text-classification}, with the same options; {@code --base minilm}
 * names the encoder, {@code --dataset FILE.csv} texts of one's own.
 */
public final class TextClassification {
  private TextClassification() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("text-classification", args);
  }
}
