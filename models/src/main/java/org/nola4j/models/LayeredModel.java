// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;

/** Base class of zoo models that are {@link MultiLayerNetwork}s; subclasses add the network. */
abstract class LayeredModel extends ZooModel<MultiLayerNetwork> {
  final int nOut;
  final IUpdater updater;
  final long seed;

  LayeredModel(Builder<?> builder) {
    this.nOut = builder.nOut;
    this.updater = builder.updater;
    this.seed = builder.seed;
  }

  /** The network's configuration. */
  public abstract MultiLayerConfiguration conf();

  abstract int[] shape();

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public final <M extends Model> M init() {
    MultiLayerNetwork network = new MultiLayerNetwork(conf());
    network.init();
    return (M) network;
  }

  @Override
  @SuppressWarnings("deprecation")
  public final ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {shape()}, 1, ZooType.CNN);
  }

  @Override
  public final Class<? extends Model> modelType() {
    return MultiLayerNetwork.class;
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
    private int nOut = 10;
    private IUpdater updater = new Adam(1e-3);
    private long seed = 1;

    Builder() {}

    abstract B self();

    /** The number of classes; 10 by default. */
    public B nOut(int nOut) {
      this.nOut = nOut;
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
  }
}
