// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.internal.wrapped.SameDiffGradients;

/**
 * A SameDiff layer of DL4J's that continues to be trained, with {@link SameDiffGradients} halved.
 */
final class CorrectedGradient extends BaseWrapperLayer {
  @JsonCreator
  CorrectedGradient(@JsonProperty("underlying") org.deeplearning4j.nn.conf.layers.Layer layer) {
    super(layer);
    setLayerName(layer.getLayerName());
  }

  /** Whether a layer needs this. */
  static boolean isFor(org.deeplearning4j.nn.conf.layers.Layer conf) {
    return BaseConfs.leaf(conf) instanceof org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int layerIndex,
      INDArray paramsView,
      boolean initializeParams,
      DataType dataType) {
    NeuralNetConfiguration inner = conf.clone();
    inner.setLayer(underlying);
    Layer layer =
        underlying.instantiate(
            inner, listeners, layerIndex, paramsView, initializeParams, dataType);
    underlying.initializer().paramKeys(underlying).forEach(conf::addVariable);
    return new CorrectedRuntime(layer);
  }

  @Override
  public IUpdater getUpdaterByParam(String parameter) {
    return underlying.getUpdaterByParam(parameter);
  }

  @Override
  public org.deeplearning4j.nn.conf.layers.Layer clone() {
    return new CorrectedGradient(underlying.clone());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CorrectedGradient that && underlying.equals(that.underlying);
  }

  @Override
  public int hashCode() {
    return underlying.hashCode();
  }

  private static final class CorrectedRuntime
      extends org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer {
    CorrectedRuntime(Layer layer) {
      super(layer);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(
        INDArray epsilon, LayerWorkspaceMgr workspaces) {
      return super.backpropGradient(SameDiffGradients.halved(epsilon, workspaces), workspaces);
    }

    /** DL4J's SameDiff layers check the argument but do not assign it. */
    @Override
    public void setParam(String name, INDArray value) {
      super.setParam(name, value);
      getParam(name).assign(value);
    }

    @Override
    public void setParamTable(java.util.Map<String, INDArray> table) {
      table.forEach(this::setParam);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
