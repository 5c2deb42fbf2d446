// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.ZooType;

/** Base class of zoo models that are {@link MultiLayerNetwork}s; subclasses add the network. */
abstract class LayeredModel extends BaseModel<MultiLayerNetwork> {
  final int nOut;

  LayeredModel(Builder<?> builder) {
    super(builder);
    this.nOut = builder.nOut;
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

  /** Common settings. */
  public abstract static class Builder<B extends Builder<B>> extends BaseModel.Builder<B> {
    private int nOut = 10;

    Builder() {}

    /** The number of classes; 10 by default. */
    public B nOut(int nOut) {
      this.nOut = nOut;
      return self();
    }
  }
}
