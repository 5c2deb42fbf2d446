// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.models.ResNet20;

/** ResNet20 on CIFAR-10. */
public final class Cifar10ResNet20Experiment extends ResNetExperiment {
  /** The experiment. */
  public Cifar10ResNet20Experiment() {
    super(ModelConfig.ResNet.Network.RESNET20, ExampleShape.images(32, 10), ResNet20::builder);
  }

  @Override
  public String name() {
    return "cifar10-resnet20";
  }

  @Override
  public String description() {
    return "ResNet20 on CIFAR-10, trained from scratch (paper, table 8)";
  }
}
