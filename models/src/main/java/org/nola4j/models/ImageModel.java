// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** What classifiers of RGB images have in common as zoo models, all but the network. */
abstract class ImageModel extends ZooModel<ComputationGraph> {
  final ReparameterizationPlan plan;
  final int classes;
  final IUpdater updater;
  final long seed;
  private int height;
  private int width;

  ImageModel(Builder<?> builder) {
    this.plan = builder.plan;
    this.classes = builder.classes;
    this.updater = builder.updater;
    this.seed = builder.seed;
    this.height = builder.imageSize;
    this.width = builder.imageSize;
  }

  /** The network's configuration. */
  public abstract ComputationGraphConfiguration conf();

  /** A configuration, with the seeds that the plan wants. */
  final ComputationGraphConfiguration seeded(ComputationGraphConfiguration conf) {
    plan.seed(
        conf.getVertices().values().stream()
            .filter(LayerVertex.class::isInstance)
            .map(vertex -> ((LayerVertex) vertex).getLayerConf().getLayer()),
        seed);
    return conf;
  }

  final int height() {
    return height;
  }

  final int width() {
    return width;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public final <M extends Model> M init() {
    ComputationGraph graph = new ComputationGraph(conf());
    graph.init();
    return (M) graph;
  }

  /** One input, [3, height, width]. */
  @Override
  public final void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 3 || inputShape[0][0] != 3) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " takes one input of shape [3, height, width]");
    }
    height = inputShape[0][1];
    width = inputShape[0][2];
  }

  @Override
  @SuppressWarnings("deprecation")
  public final ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{3, height, width}}, 1, ZooType.CNN);
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
    private int classes;
    private int imageSize;
    private IUpdater updater = new Adam(1e-3);
    private long seed = 1;

    Builder(int classes, int imageSize) {
      this.classes = classes;
      this.imageSize = imageSize;
    }

    abstract B self();

    /** Which layer gets which method; all dense unless set. */
    public B plan(ReparameterizationPlan plan) {
      this.plan = plan;
      return self();
    }

    /** Classes. */
    public B classes(int classes) {
      if (classes < 2) {
        throw new IllegalArgumentException("classes must be at least 2, but is " + classes);
      }
      this.classes = classes;
      return self();
    }

    /** Height and width of the images. */
    public B imageSize(int imageSize) {
      if (imageSize < 1) {
        throw new IllegalArgumentException("imageSize must be positive, but is " + imageSize);
      }
      this.imageSize = imageSize;
      return self();
    }

    /** DL4J's updater; Adam at 0.001 unless set. */
    public B updater(IUpdater updater) {
      this.updater = updater;
      return self();
    }

    /** What everything random derives from; 1 unless set. */
    public B seed(long seed) {
      this.seed = seed;
      return self();
    }
  }
}
