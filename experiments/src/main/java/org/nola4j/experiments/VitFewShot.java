// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * A pretrained vision transformer, fine-tuned on a few images per class: the paper's tables 6, 7
 * and 10.
 *
 * <p>The same as {@code nola run vit-fewshot}, with the same options; {@code --base FILE} names the
 * pretrained network.
 */
public final class VitFewShot {
  private VitFewShot() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("vit-fewshot", args);
  }
}
