// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * ResNet20 on CIFAR-10: the paper's table 8.
 *
 * <p>The same as {@code nola run cifar10-resnet20}, with the same options.
 */
public final class Cifar10ResNet20 {
  private Cifar10ResNet20() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("cifar10-resnet20", args);
  }
}
