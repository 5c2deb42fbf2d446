// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.ReparameterizedFeedForwardLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.internal.wrapped.HeldLayer;
import org.nola4j.internal.wrapped.WeightView;
import org.nola4j.internal.wrapped.WrappedLayers;
import org.nola4j.layers.KernelView;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A layer of a trained network whose parameters are frozen and kept outside the network's, with or
 * without adapters on its weights. {@link Adapters} makes them; there is no builder.
 *
 * <p>DL4J's own runtime computes the layer, so that outputs are DL4J's bit for bit while the
 * adapter adds nothing. DL4J's parameters are the adapter's trained vectors only ({@code alpha},
 * {@code beta}, ...). A layer without an adapter runs in test mode, as in DL4J's {@code
 * FrozenLayer}: no dropout, running statistics in batch normalization.
 *
 * <p>Cost: a dense layer with a low-rank method adds {@code batch * rank * (nIn + nOut)}
 * multiplications per pass and {@code rank * (nIn + nOut)} floats, and forms neither W nor its
 * gradient. Any other weight is formed once after each change ({@code rank * m * n}
 * multiplications, three times its size in memory). Frozen parameters take 4 bytes per number, once
 * for all networks over one base, and as many in {@link
 * org.nola4j.reparameterization.GivenWeights}; those of fewer bits ({@link
 * AdapterPlan.Builder#frozenBits}) take one or two, once for all.
 */
public final class AdaptedLayer extends ReparameterizedFeedForwardLayer {
  private Layer base;
  private KernelView kernelView;
  private Map<String, AdaptedWeight> adaptedWeights = Map.of();
  private boolean inputGradient = true;
  private boolean fastConvolution;
  private int adaptersBelow;

  /** For JSON. */
  AdaptedLayer() {}

  /**
   * @param base the configuration of the layer
   * @param kernelView the matrix view of a convolution's kernel
   * @param adaptedWeights its weights by DL4J's names, with the layer's weights as W0s; none for a
   *     frozen layer
   * @param frozenParameters the other frozen parameters
   * @param inputGradient whether a layer below needs its gradient
   * @param fastConvolution whether a convolution uses this library's kernels instead of DL4J's
   * @param adapterDropout the probability that a number is dropped before it enters the adapter
   */
  AdaptedLayer(
      Layer base,
      KernelView kernelView,
      Map<String, AdaptedWeight> adaptedWeights,
      Map<String, FrozenParameter> frozenParameters,
      boolean inputGradient,
      boolean fastConvolution,
      double adapterDropout) {
    this.base = base;
    this.kernelView = kernelView;
    setAdaptedWeights(adaptedWeights);
    setFrozenParameters(frozenParameters);
    this.inputGradient = inputGradient;
    this.fastConvolution = fastConvolution;
    setAdapterDropout(adapterDropout);
    this.layerName = base.getLayerName();
    HeldLayer held = held();
    if (held.isTrained() && (held.isApart() || held.isWide())) {
      this.iDropout = base.getIDropout(); // both products need it
    }
  }

  /** For instance {@code AdaptedDenseLayer}; once more {@code Adapted} for each adapter below. */
  @Override
  public String typeName() {
    return "Adapted".repeat(1 + adaptersBelow) + innermost().getClass().getSimpleName();
  }

  @Override
  public List<WeightSpec> weights() {
    return adaptedWeights.entrySet().stream()
        .map(e -> new WeightSpec(e.getKey(), shape(e.getValue()), e.getValue().method()))
        .toList();
  }

  private WeightShape shape(AdaptedWeight weight) {
    return WeightView.of(BaseConfs.leaf(base), axes(weight), kernelView).shape();
  }

  private List<Long> axes(AdaptedWeight weight) {
    return weight.axes() == null ? WeightView.axes(base) : weight.axes();
  }

  @Override
  public List<Integer> kernel() {
    if (base.getClass() != ConvolutionLayer.class) {
      return List.of();
    }
    int[] size = ((ConvolutionLayer) base).getKernelSize();
    return List.of(size[0], size[1]);
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    return Map.of();
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    Map<String, AdaptedWeight> changed = new LinkedHashMap<>(adaptedWeights);
    changed.computeIfPresent(weight, (name, old) -> new AdaptedWeight(method, old.axes()));
    setAdaptedWeights(changed);
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType dataType) {
    return WrappedLayers.of(conf, dataType, held());
  }

  /** The layer of the network that was wrapped first. */
  @JsonIgnore
  Layer innermost() {
    return base instanceof AdaptedLayer inner ? inner.innermost() : base;
  }

  /** How it is computed. */
  HeldLayer held() {
    Layer inside = base;
    if (iDropout != null) {
      inside = BaseConfs.copy(base);
      removeDropout(inside);
    }
    Map<String, List<Long>> axes = new LinkedHashMap<>();
    adaptedWeights.forEach((name, weight) -> axes.put(name, axes(weight)));
    return new HeldLayer(
        inside,
        innermost(),
        weights(),
        axes,
        kernelView,
        getFrozenParameters(),
        inputGradient,
        fastConvolution,
        getAdapterDropout());
  }

  private static void removeDropout(Layer conf) {
    conf.setIDropout(null);
    if (conf instanceof AdaptedLayer adapted) {
      removeDropout(adapted.base);
    }
  }

  /** Not used: the layer never runs as a graph. */
  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    throw new UnsupportedOperationException(
        describe() + " is computed by DL4J's own layer and has no SameDiff graph");
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return base.getOutputType(layerIndex, inputType);
  }

  /** The layer's size is that of the trained network. */
  @Override
  public void setNIn(InputType inputType, boolean override) {
    base.setNIn(inputType, false);
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return base.getPreProcessorForInputType(inputType);
  }

  @Override
  public boolean hasWeights() {
    return !adaptedWeights.isEmpty();
  }

  /** The base's. */
  @Override
  public long getNIn() {
    if (base instanceof Bidirectional both) {
      return both.getNIn();
    }
    return base != null && BaseConfs.leaf(base) instanceof FeedForwardLayer layer
        ? layer.getNIn()
        : 0;
  }

  /** The base's. */
  @Override
  public long getNOut() {
    if (base instanceof Bidirectional both) {
      return both.getNOut();
    }
    return base != null && BaseConfs.leaf(base) instanceof FeedForwardLayer layer
        ? layer.getNOut()
        : 0;
  }

  /** The size is given by the trained weight. */
  @Override
  public void setNIn(long nIn) {
    requireEqual("nIn", getNIn(), nIn);
  }

  /** As {@link #setNIn(long)}. */
  @Override
  public void setNOut(long nOut) {
    requireEqual("nOut", getNOut(), nOut);
  }

  private void requireEqual(String what, long own, long wanted) {
    if (own > 0 && own != wanted) {
      throw new IllegalArgumentException(
          "%s: %s is %d, that of the frozen weight, and cannot be %d: wrap a network of other sizes"
              .formatted(describe(), what, own, wanted));
    }
  }

  /** The base's. */
  @Override
  public IActivation getActivationFn() {
    return base instanceof BaseLayer layer ? layer.getActivationFn() : super.getActivationFn();
  }

  /** Sets the base's. */
  @Override
  public void setActivationFn(IActivation activation) {
    super.setActivationFn(activation);
    if (base instanceof BaseLayer layer) {
      layer.setActivationFn(activation);
    }
  }

  @Override
  public AdaptedLayer clone() {
    AdaptedLayer clone = (AdaptedLayer) super.clone();
    clone.base = BaseConfs.copy(base);
    return clone;
  }

  /** The configuration of the layer of the trained network. */
  public Layer getBase() {
    return base;
  }

  /** For JSON. */
  public void setBase(Layer base) {
    this.base = base;
  }

  /** The matrix view of a convolution's kernel. */
  public KernelView getKernelView() {
    return kernelView;
  }

  /** For JSON. */
  public void setKernelView(KernelView kernelView) {
    this.kernelView = kernelView;
  }

  /** The weights by DL4J's names, with the layer's weights as W0s; none if the layer is frozen. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public Map<String, AdaptedWeight> getAdaptedWeights() {
    return adaptedWeights;
  }

  /** For JSON. */
  public void setAdaptedWeights(Map<String, AdaptedWeight> adaptedWeights) {
    this.adaptedWeights = Collections.unmodifiableMap(new LinkedHashMap<>(adaptedWeights));
  }

  /** For JSON of earlier versions, which supported only one weight. */
  @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
  void setReparameterization(Reparameterization method) {
    if (method != null) {
      setAdaptedWeights(Map.of(WeightView.WEIGHT, new AdaptedWeight(method, null)));
    }
  }

  /** Whether a convolution uses this library's kernels instead of DL4J's. */
  public boolean isFastConvolution() {
    return fastConvolution;
  }

  /** For JSON. */
  public void setFastConvolution(boolean fastConvolution) {
    this.fastConvolution = fastConvolution;
  }

  /** Whether the gradient of the input is computed. */
  public boolean isInputGradient() {
    return inputGradient;
  }

  /** For JSON. */
  @Override
  public void setInputGradient(boolean inputGradient) {
    this.inputGradient = inputGradient;
  }

  /** How many adapters the trained weight has already, where the trained network was wrapped. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public int getAdaptersBelow() {
    return adaptersBelow;
  }

  /** For JSON. */
  public void setAdaptersBelow(int adaptersBelow) {
    this.adaptersBelow = adaptersBelow;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof AdaptedLayer that)) {
      return false;
    }
    return equalsInCommon(that)
        && base.equals(that.base)
        && kernelView == that.kernelView
        && adaptedWeights.equals(that.adaptedWeights)
        && inputGradient == that.inputGradient
        && fastConvolution == that.fastConvolution
        && adaptersBelow == that.adaptersBelow;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), layerName, adaptedWeights, getFrozenParameters());
  }
}
