package org.nola4j.experiments.resnet;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.models.ResNet18;

/** ResNet18 on ImageNet-100, or on another set of 100 classes. */
public final class ImageNet100ResNet18Experiment extends ResNetExperiment {
  /** The experiment. */
  public ImageNet100ResNet18Experiment() {
    super(ModelConfig.ResNet.Network.RESNET18, ExampleShape.images(224, 100));
  }

  @Override
  public String name() {
    return "imagenet100-resnet18";
  }

  @Override
  public String description() {
    return "ResNet18 on ImageNet-100, trained from scratch (paper, table 9)";
  }

  @Override
  ComputationGraphConfiguration conf(
      ExperimentConfig config, ReparameterizationPlan plan, ExampleShape examples) {
    return ResNet18.builder()
        .imageSize(examples.features().get(0))
        .classes(examples.classes())
        .kernelView(kernelView(config))
        .bias(bias(model(config).bias()))
        .plan(plan)
        .updater(updater(config.training()))
        .seed(config.seed())
        .build()
        .conf();
  }
}
