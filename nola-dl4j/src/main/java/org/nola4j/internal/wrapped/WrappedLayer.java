// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.LayerHelper;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * The runtime of a {@link HeldLayer}. Its parameters are the adapter's; everything else is
 * delegated to DL4J's own runtime inside.
 */
public class WrappedLayer extends RuntimeLayer {
  private final transient HeldLayer held;
  private final transient WrappedPass pass;

  WrappedLayer(NeuralNetConfiguration conf, DataType type, HeldLayer held, WrappedPass pass) {
    super(conf, type, pass);
    this.held = held;
    this.pass = pass;
  }

  final WrappedPass pass() {
    return pass;
  }

  final Layer base() {
    return pass.base().layer();
  }

  /** DL4J's layer with its weights up to date, for calls other than passes. */
  final Layer upToDate() {
    pass.prepare(refreshed());
    return base();
  }

  /** The parameters of DL4J's layer inside, of all wrappings, as they take part in outputs. */
  public final Map<String, INDArray> parameters() {
    List<INDArray> matrices =
        refreshed().weights().stream().map(MaterializedWeight::matrix).toList();
    Map<String, INDArray> inside =
        upToDate() instanceof WrappedLayer wrapped
            ? wrapped.parameters()
            : base().paramTable(false);
    return held.parameters(inside, matrices);
  }

  /** Whether the layer inside is to work as in training. */
  final boolean inside(boolean training) {
    return training && pass.trains();
  }

  @Override
  public Type type() {
    return base().type();
  }

  @Override
  public void setInput(INDArray input, LayerWorkspaceMgr workspaces) {
    super.setInput(input, workspaces);
    pass.base().setInput(this.input);
  }

  /**
   * A layer below all trained ones ends the pass, with zeros since preprocessors need a gradient.
   */
  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    if (pass.trains() || held.inputGradient()) {
      return super.backpropGradient(epsilon, workspaces);
    }
    INDArray zeros =
        workspaces.create(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), input.ordering());
    return new Pair<>(new DefaultGradient(), zeros);
  }

  @Override
  public void setMaskArray(INDArray mask) {
    base().setMaskArray(mask);
    super.setMaskArray(base().getMaskArray());
  }

  @Override
  public INDArray getMaskArray() {
    return base().getMaskArray();
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int minibatch) {
    Pair<INDArray, MaskState> above = base().feedForwardMaskArray(mask, state, minibatch);
    super.setMaskArray(base().getMaskArray());
    return above;
  }

  @Override
  public void clear() {
    super.clear();
    base().clear();
  }

  @Override
  public void clearNoiseWeightParams() {
    base().clearNoiseWeightParams();
  }

  @Override
  public void setIterationCount(int iterations) {
    super.setIterationCount(iterations);
    base().setIterationCount(iterations);
  }

  @Override
  public void setEpochCount(int epochs) {
    super.setEpochCount(epochs);
    base().setEpochCount(epochs);
  }

  @Override
  public void setIndex(int index) {
    super.setIndex(index);
    base().setIndex(index);
  }

  @Override
  public void setInputMiniBatchSize(int size) {
    base().setInputMiniBatchSize(size);
  }

  @Override
  public void setCacheMode(CacheMode mode) {
    super.setCacheMode(mode);
    base().setCacheMode(mode);
  }

  @Override
  public LayerHelper getHelper() {
    return base().getHelper();
  }
}
