// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.models.ResNet18;

/** ResNet18 on ImageNet-100, or on another set of 100 classes. */
public final class ImageNet100ResNet18Experiment extends ResNetExperiment {
  /** The experiment. */
  public ImageNet100ResNet18Experiment() {
    super(ModelConfig.ResNet.Network.RESNET18, ExampleShape.images(224, 100), ResNet18::builder);
  }

  @Override
  public String name() {
    return "imagenet100-resnet18";
  }

  @Override
  public String description() {
    return "ResNet18 on ImageNet-100, trained from scratch (paper, table 9)";
  }
}
