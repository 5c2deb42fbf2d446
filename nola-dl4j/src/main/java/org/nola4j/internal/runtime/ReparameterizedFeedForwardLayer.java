// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.weights.WeightInitXavier;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonAlias;
import org.nd4j.shade.jackson.annotation.JsonSetter;
import org.nd4j.shade.jackson.annotation.Nulls;

/** A {@link ReparameterizedLayer} other than a convolution. */
public abstract class ReparameterizedFeedForwardLayer extends FeedForwardLayer
    implements ReparameterizedLayer {
  private LayerOptions options = new LayerOptions();

  /** For JSON; sets the fields by whose absence DL4J recognizes files of its first versions. */
  protected ReparameterizedFeedForwardLayer() {
    weightInitFn = new WeightInitXavier();
    activationFn = new ActivationIdentity();
    iUpdater = new NoOp();
    regularization = new ArrayList<>();
    regularizationBias = new ArrayList<>();
    gainInit = 1;
  }

  /** From a builder. */
  protected ReparameterizedFeedForwardLayer(ReparameterizedLayer.Builder<?> builder) {
    super(builder);
    LayerContract.checkBuilder(this, builder);
    options = builder.options();
    setIUpdater(iUpdater);
    setBiasUpdater(biasUpdater);
    setRegularization(regularization);
    setRegularizationBias(regularizationBias);
    setIDropout(iDropout);
  }

  @Override
  public final LayerOptions options() {
    return options;
  }

  /** Copies the updater and dropout, which have state; DL4J would share updaters. */
  @Override
  public ReparameterizedFeedForwardLayer clone() {
    ReparameterizedFeedForwardLayer clone = (ReparameterizedFeedForwardLayer) super.clone();
    clone.options = options.copy();
    clone.setIUpdater(iUpdater);
    clone.setBiasUpdater(biasUpdater);
    return clone;
  }

  /** For JSON, including models written when these were SameDiff layers. */
  @Override
  @JsonAlias("updater")
  @JsonSetter(nulls = Nulls.SKIP)
  public void setIUpdater(IUpdater updater) {
    super.setIUpdater(LayerContract.own(updater));
  }

  @Override
  public void setBiasUpdater(IUpdater updater) {
    super.setBiasUpdater(LayerContract.own(updater));
  }

  @Override
  @JsonSetter(nulls = Nulls.SKIP)
  public void setRegularization(List<Regularization> regularization) {
    super.setRegularization(LayerContract.own(regularization));
  }

  @Override
  @JsonSetter(nulls = Nulls.SKIP)
  public void setRegularizationBias(List<Regularization> regularization) {
    super.setRegularizationBias(LayerContract.own(regularization));
  }

  @Override
  public void setIDropout(IDropout dropout) {
    super.setIDropout(LayerContract.own(dropout));
  }

  /**
   * Refuses dropout on the layer's input, for layers that override {@link #setIDropout}.
   *
   * @param remedy what to do instead
   * @throws IllegalArgumentException for anything but null
   */
  protected final void refuseDropout(IDropout dropout, String remedy) {
    if (dropout != null) {
      throw new IllegalArgumentException(
          "%s does not support dropout, but %s is set on it or on the network: %s"
              .formatted(describe(), dropout.getClass().getSimpleName(), remedy));
    }
    super.setIDropout(null);
  }

  /** Not supported: fails for anything but null. */
  @Override
  public void setWeightNoise(IWeightNoise noise) {
    super.setWeightNoise(LayerContract.checkNoise(this, noise));
  }

  /** None by default. */
  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return null;
  }

  /** Call once all fields are set: DL4J asks for the names of the parameters. */
  @Override
  protected void initializeConstraints(Layer.Builder<?> builder) {
    super.initializeConstraints(builder);
    setIDropout(getIDropout());
    LayerContract.checkConstraints(this, getConstraints());
  }

  @Override
  public IUpdater getUpdaterByParam(String parameter) {
    return ScaledRate.updater(this, parameter, super.getUpdaterByParam(parameter));
  }

  @Override
  public ParamInitializer initializer() {
    return ReparameterizedParamInitializer.INSTANCE;
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int layerIndex,
      INDArray paramsView,
      boolean initializeParams,
      DataType dataType) {
    return LayerContract.instantiate(
        this, conf, listeners, layerIndex, paramsView, initializeParams, dataType);
  }

  @Override
  public LayerMemoryReport getMemoryReport(InputType inputType) {
    return LayerContract.memoryReport(this, inputType);
  }

  /** Whether all fields but the subclass's own are equal; for its {@code equals}. */
  protected final boolean equalsInCommon(ReparameterizedFeedForwardLayer that) {
    return super.equals(that) && LayerContract.equalOptions(this, that);
  }
}
