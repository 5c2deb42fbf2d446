package org.nola4j.experiments.mnist;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.accounting.ParameterCount;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.DataSource;
import org.nola4j.datasets.ImageDataSets;
import org.nola4j.datasets.TrainTest;
import org.nola4j.dl4j.ReparameterizedLayer;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.layers.Bias;
import org.nola4j.models.Mlp;
import org.nola4j.models.ReparameterizationPlan;

/** A 784-256-10 perceptron on MNIST or a set of its kind. */
public class MnistExperiment implements Experiment {
  private static final int PIXELS = 28 * 28;
  private static final int CLASSES = 10;

  @Override
  public String name() {
    return "mnist";
  }

  @Override
  public String description() {
    return "784-256-10 perceptron on MNIST, trained from scratch (paper, appendix A.2)";
  }

  @Override
  public Plan plan(ExperimentConfig config) {
    MultiLayerNetwork network = network(config);
    Map<String, ParameterCounts> layers = new LinkedHashMap<>();
    for (var layer : network.getLayers()) {
      if (layer.conf().getLayer() instanceof ReparameterizedLayer conf) {
        layers.put(conf.getLayerName(), Counts.of(conf, layer));
      }
    }
    return new Plan(
        Counts.of(ParameterCount.of(network)), layers, Adapter.of(network).bytes(Precision.F32));
  }

  @Override
  public Run start(ExperimentConfig config, RunContext context) {
    MultiLayerNetwork network = network(config);
    network.addListeners(
        context.listeners().toArray(org.deeplearning4j.optimize.api.TrainingListener[]::new));
    return new MnistRun(config, network, data(config, context));
  }

  private static TrainTest data(ExperimentConfig config, RunContext context) {
    DataSource source =
        context.dataDirectory().map(DataSource::startingAt).orElseGet(DataSource::standard);
    TrainTest data;
    try {
      data = ImageDataSets.load(config.dataset().name(), source);
    } catch (DataSetException | IllegalArgumentException e) {
      throw new UserException(e.getMessage());
    }
    int pixels = data.train().info().pixelsPerImage();
    if (pixels != PIXELS || data.train().info().classes() != CLASSES) {
      throw new UserException(
          "dataset.name: this network takes %d pixels and %d classes, but %s has %d and %d"
              .formatted(
                  PIXELS, CLASSES, config.dataset().name(), pixels, data.train().info().classes()));
    }
    return data;
  }

  private static MultiLayerNetwork network(ExperimentConfig config) {
    try {
      return Mlp.builder()
          .nIn(PIXELS)
          .hidden(config.model().hidden())
          .nOut(CLASSES)
          .bias(bias(config.model().bias()))
          .plan(ReparameterizationPlan.all(config.reparameterization().toReparameterization()))
          .updater(updater(config.training()))
          .seed(config.seed())
          .build()
          .init();
    } catch (IllegalArgumentException e) {
      throw new UserException("reparameterization: " + e.getMessage());
    }
  }

  private static Bias bias(ModelConfig.Bias bias) {
    return switch (bias) {
      case FREE -> Bias.FREE;
      case FOLDED -> Bias.FOLDED;
      case NONE -> Bias.NONE;
    };
  }

  private static IUpdater updater(TrainingConfig training) {
    return switch (training.optimizer()) {
      case ADAM -> new Adam(training.learningRate());
      case SGD -> new Sgd(training.learningRate());
      case NESTEROVS -> new Nesterovs(training.learningRate(), 0.9);
    };
  }
}
