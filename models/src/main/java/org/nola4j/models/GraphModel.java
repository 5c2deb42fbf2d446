// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Base class of zoo models with a {@link ReparameterizationPlan}; subclasses add the network. */
abstract class GraphModel extends BaseModel<ComputationGraph> {
  final ReparameterizationPlan plan;

  GraphModel(Builder<?> builder) {
    super(builder);
    this.plan = builder.plan;
  }

  /** The network's configuration. */
  public abstract ComputationGraphConfiguration conf();

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
