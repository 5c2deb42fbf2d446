// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * A 784-256-10 perceptron on MNIST: the paper's appendix A.2, "NOLA in training from scratch".
 *
 * <p>The same as {@code nola run mnist}, with the same options.
 */
public final class MnistMlp {
  private MnistMlp() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("mnist", args);
  }
}
