// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.datasets.batch.ImageLayout;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.ImageData;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.models.ReparameterizationPlan;
import org.nola4j.models.ResNet;

/** Base class of experiments with residual networks on color images. */
abstract class ResNetExperiment extends NetworkExperiment {
  private static final String CLASSIFIER = "classifier";

  private final ModelConfig.ResNet.Network network;
  private final ExampleShape shape;
  private final Supplier<? extends ResNet.Builder<?, ?>> builder;

  /**
   * An experiment.
   *
   * @param network the network
   * @param shape shape of the examples in its data set
   * @param builder creates a builder of its model
   */
  ResNetExperiment(
      ModelConfig.ResNet.Network network,
      ExampleShape shape,
      Supplier<? extends ResNet.Builder<?, ?>> builder) {
    this.builder = builder;
    this.network = network;
    this.shape = shape;
  }

  /** The network's configuration with a method for each layer. */
  private ComputationGraphConfiguration conf(
      ExperimentConfig config, ReparameterizationPlan plan, ExampleShape examples) {
    return builder
        .get()
        .imageSize(examples.features().get(0))
        .classes(examples.classes())
        .kernelView(KernelView.valueOf(model(config).kernelView().name()))
        .bias(bias(model(config).bias()))
        .plan(plan)
        .updater(updater(config.training()))
        .seed(config.seed())
        .build()
        .conf();
  }

  @Override
  public final ExampleShape shape() {
    return shape;
  }

  @Override
  protected final Network build(ExperimentConfig config, ExampleShape examples) {
    if (model(config).network() != network) {
      throw new UserException("model.network: %s trains another network".formatted(name()));
    }
    ComputationGraph graph =
        new ComputationGraph(conf(config, fittedPlan(config, examples), examples));
    graph.init();
    return new GraphNetwork(graph);
  }

  @Override
  protected final TrainingData data(ExperimentConfig config, RunContext context) {
    return ImageData.read(config, context, shape, ImageLayout.NHWC);
  }

  private static ModelConfig.ResNet model(ExperimentConfig config) {
    return config.model().as(ModelConfig.ResNet.class);
  }

  /** Each layer's method by the size of its kernel and weight, which the network knows. */
  private ReparameterizationPlan fittedPlan(ExperimentConfig config, ExampleShape examples) {
    MethodConfig method = config.reparameterization();
    ReparameterizationPlan plan = plan(config, CLASSIFIER);
    List<Layer> layers =
        conf(config, ReparameterizationPlan.dense(), examples).getVertices().values().stream()
            .filter(LayerVertex.class::isInstance)
            .map(vertex -> ((LayerVertex) vertex).getLayerConf().getLayer())
            .toList();
    for (Layer layer : layers) {
      if (layer instanceof NolaConv convolution) {
        MethodConfig fitted = method.forKernel(convolution.getKernelSize()[0]);
        plan = plan.with(layer.getLayerName(), fitted.toReparameterization());
      }
    }
    return shared(config, capped(config, plan, CLASSIFIER, layers), "stem");
  }
}
