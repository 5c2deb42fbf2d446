// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** Base class of zoo models with a {@link ReparameterizationPlan}; subclasses add the network. */
abstract class GraphModel extends ZooModel<ComputationGraph> {
  final ReparameterizationPlan plan;
  final IUpdater updater;
  final long seed;

  GraphModel(Builder<?> builder) {
    this.plan = builder.plan;
    this.updater = builder.updater;
    this.seed = builder.seed;
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

  @Override
  public final String pretrainedUrl(PretrainedType pretrainedType) {
    return null;
  }

  @Override
  public final long pretrainedChecksum(PretrainedType pretrainedType) {
    return 0;
  }

  /** Common settings. */
  public abstract static class Builder<B extends Builder<B>> {
    private ReparameterizationPlan plan = ReparameterizationPlan.dense();
    private IUpdater updater = new Adam(1e-3);
    private long seed = 1;

    Builder() {}

    abstract B self();

    /** The method of each layer; dense by default. */
    public B plan(ReparameterizationPlan plan) {
      this.plan = plan;
      return self();
    }

    /** DL4J's updater; Adam with learning rate 0.001 by default. */
    public B updater(IUpdater updater) {
      this.updater = updater;
      return self();
    }

    /** The seed of everything random; 1 by default. */
    public B seed(long seed) {
      this.seed = seed;
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
