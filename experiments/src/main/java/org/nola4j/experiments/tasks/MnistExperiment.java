// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

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

/** A 784-256-10 perceptron on MNIST or a set of its kind. */
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
    ModelConfig.Mlp model = config.model().as(ModelConfig.Mlp.class);
    return new LayeredNetwork(
        Mlp.builder()
            .nIn(shape.features().get(0))
            .hidden(model.hidden().toArray(Integer[]::new))
            .nOut(shape.classes())
            .bias(bias(model.bias()))
            .plan(shared(config, plan(config, "dense" + (model.hidden().size() + 1)), "dense1"))
            .updater(updater(config.training()))
            .seed(config.seed())
            .build()
            .init());
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    return ImageData.flat(config, context, SHAPE);
  }
}
