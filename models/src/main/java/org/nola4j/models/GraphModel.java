// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nola4j.layers.NolaDense;

/** Base class of zoo models with a {@link ReparameterizationPlan}; subclasses add the network. */
abstract class GraphModel extends BaseModel<ComputationGraph> {
  final ReparameterizationPlan plan;

  GraphModel(Builder<?> builder) {
    super(builder);
    this.plan = builder.plan;
  }

  /** The network's configuration. */
  public abstract ComputationGraphConfiguration conf();

  /** The beginning of a configuration. */
  final GraphBuilder graph(String input) {
    return new NeuralNetConfiguration.Builder()
        .dataType(DataType.FLOAT)
        .seed(seed)
        .updater(updater)
        .graphBuilder()
        .addInputs(input);
  }

  /** The fully connected layer that turns features into logits. */
  final NolaDense.Builder logits(String name, int classes) {
    return new NolaDense.Builder()
        .name(name)
        .nOut(classes)
        .reparameterization(plan.method(name))
        .tiedTo(plan.tiedTo(name))
        .coefficientBits(plan.coefficientBits(name))
        .activation(Activation.IDENTITY);
  }

  /** A configuration, with what the plan wants for all layers. */
  final ComputationGraphConfiguration settled(ComputationGraphConfiguration conf) {
    plan.settle(
        conf.getVertices().values().stream()
            .filter(LayerVertex.class::isInstance)
            .map(vertex -> ((LayerVertex) vertex).getLayerConf().getLayer()),
        seed);
    return conf;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public final <M extends Model> M init() {
    ComputationGraph graph = new ComputationGraph(conf());
    graph.init();
    return (M) graph;
  }

  @Override
  public final Class<? extends Model> modelType() {
    return ComputationGraph.class;
  }

  /** Common settings. */
  public abstract static class Builder<B extends Builder<B>> extends BaseModel.Builder<B> {
    private ReparameterizationPlan plan = ReparameterizationPlan.dense();

    Builder() {}

    /** The method of each layer; dense by default. */
    public B plan(ReparameterizationPlan plan) {
      this.plan = plan;
      return self();
    }

    static int positive(String name, int value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " must be positive, but is " + value);
      }
      return value;
    }
  }
}
