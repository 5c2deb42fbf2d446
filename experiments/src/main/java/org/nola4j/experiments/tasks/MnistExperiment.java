// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.ImageData;
import org.nola4j.experiments.network.LayeredNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.Mlp;
import org.nola4j.models.ReparameterizationPlan;

/** A 784-256-10 perceptron on MNIST or a similar set. */
public final class MnistExperiment extends NetworkExperiment {
  private static final ExampleShape SHAPE = ExampleShape.flat(28 * 28, 10);

  @Override
  public String name() {
    return "mnist";
  }

  @Override
  public String description() {
    return "784-256-10 perceptron on MNIST, trained from scratch (paper, appendix A.2)";
  }

  @Override
  public ExampleShape shape() {
    return SHAPE;
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    ReparameterizationPlan plan = shared(config, plan(config, shape), "dense1");
    return new LayeredNetwork(mlp(config, shape).plan(plan).build().init());
  }

  private static ReparameterizationPlan plan(ExperimentConfig config, ExampleShape shape) {
    String classifier = "dense" + (config.model().as(ModelConfig.Mlp.class).hidden().size() + 1);
    var layers = mlp(config, shape).plan(ReparameterizationPlan.dense()).build().conf().getConfs();
    return capped(
        config,
        plan(config, classifier),
        classifier,
        layers.stream().map(NeuralNetConfiguration::getLayer).toList());
  }

  /** The network without a plan. */
  private static Mlp.Builder mlp(ExperimentConfig config, ExampleShape shape) {
    ModelConfig.Mlp model = config.model().as(ModelConfig.Mlp.class);
    return Mlp.builder()
        .nIn(shape.features().get(0))
        .hidden(model.hidden().toArray(Integer[]::new))
        .nOut(shape.classes())
        .bias(bias(model.bias()))
        .updater(updater(config.training()))
        .seed(config.seed());
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    return ImageData.flat(config, context, SHAPE);
  }
}
