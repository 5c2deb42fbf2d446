// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import org.nola4j.experiments.cli.Main;

/**
 * ResNet18 on ImageNet-100: the paper's table 9.
 *
 * <p>The same as {@code nola run imagenet100-resnet18}, with the same options. Without ImageNet,
 * {@code --set dataset.name=tiny-imagenet-100} uses 100 other classes with 64 x 64 pixels.
 */
public final class ImageNet100ResNet18 {
  private ImageNet100ResNet18() {}

  /** Runs the experiment with the options of {@code nola run}. */
  public static void main(String[] args) {
    Main.runExperiment("imagenet100-resnet18", args);
  }
}
