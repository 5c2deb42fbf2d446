package org.nola4j.experiments.mnist;

import org.nola4j.datasets.ImageDataSets;
import org.nola4j.datasets.TrainTest;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.LayeredNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.Mlp;

/** A 784-256-10 perceptron on MNIST or a set of its kind. */
public class MnistExperiment extends NetworkExperiment {
  private static final ExampleShape SHAPE = ExampleShape.flat(28 * 28, 10);
  private static final String CLASSIFIER = "dense2";

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
            .hidden(model.hidden())
            .nOut(shape.classes())
            .bias(bias(model.bias()))
            .plan(shared(config, plan(config, CLASSIFIER), "dense1"))
            .updater(updater(config.training()))
            .seed(config.seed())
            .build()
            .init());
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    if (config.dataset().augmented()) {
      throw new UserException("dataset.augmentation must be none here: images are taken as flat");
    }
    TrainTest read =
        DataSets.read(context, source -> ImageDataSets.load(config.dataset().name(), source));
    MnistData data = new MnistData(config, read);
    if (!data.shape().equals(SHAPE)) {
      throw new UserException(
          "dataset.name: this network takes %s pixels and %d classes, but %s has %s and %d"
              .formatted(
                  SHAPE.features().get(0),
                  SHAPE.classes(),
                  config.dataset().name(),
                  data.shape().features().get(0),
                  data.shape().classes()));
    }
    return data;
  }
}
