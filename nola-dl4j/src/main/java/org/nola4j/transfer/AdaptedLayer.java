// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.ReparameterizedFeedForwardLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
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
 * org.nola4j.reparameterization.GivenWeights}; weights of 8-bit integers ({@link
 * AdapterPlan.Builder#frozenBits}) take a byte, once for all.
 */
public final class AdaptedLayer extends ReparameterizedFeedForwardLayer {
  private Layer base;
  private KernelView kernelView;
  private Map<String, AdaptedWeight> adaptedWeights = Map.of();
  private boolean inputGradient = true;
  private boolean fastConvolution;
  private double adapterDropout;
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
    this.adapterDropout = adapterDropout;
    this.layerName = base.getLayerName();
    if (isTrained() && (isApart() || isWide())) {
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
        .map(e -> new WeightSpec(e.getKey(), view(e.getKey()).shape(), e.getValue().method()))
        .toList();
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

  /** The matrix of one of the weights. */
  WeightView view(String weight) {
    return WeightView.of(BaseConfs.leaf(base), axes(weight), kernelView);
  }

  private List<Long> axes(String weight) {
    List<Long> axes = adaptedWeights.get(weight).axes();
    return axes == null ? AdaptedWeight.axes(base) : axes;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType dataType) {
    return WrappedLayer.of(conf, dataType, pass(dataType));
  }

  private WrappedPass pass(DataType type) {
    if (adaptedWeights.isEmpty()) {
      BaseRuntime runtime = runtime(runtimeConf(false), true, type);
      return BaseConfs.leaf(base).getClass() == BatchNormalization.class
          ? FrozenBatchNorm.of(runtime, base)
          : new FrozenComputation(runtime, base instanceof PReLULayer);
    }
    if (isApart()) {
      IActivation activation =
          innermost() instanceof DenseLayer dense
              ? dense.getActivationFn()
              : new ActivationIdentity();
      LinearBase linear =
          hasCodes()
              ? new CodesLinear(layerName, bias(type))
              : new RuntimeLinear(runtime(runtimeConf(true), true, type));
      return new DenseWithAdapter(linear, activation, inputGradient, isTrained(), dropout());
    }
    BaseRuntime formed = runtime(runtimeConf(false), false, type);
    List<FormedWeights.Weight> weights =
        adaptedWeights.keySet().stream()
            .map(name -> new FormedWeights.Weight(name, stored(name)))
            .toList();
    if (!isWide()) {
      return new FormedWeights(formed, weights);
    }
    Layer wide = runtimeConf(false);
    WideInput.widen(wide);
    return new FormedWithDropout(formed, wide, base, weights, dropout(), type);
  }

  /** The bias, or null. */
  private INDArray bias(DataType type) {
    FrozenParameter bias = getFrozenParameters().get("b");
    return bias == null ? null : bias.array(type, 1, bias.length());
  }

  private AdapterDropout dropout() {
    return adapterDropout == 0 ? null : new AdapterDropout(adapterDropout);
  }

  /** Whether weights are formed and their adapters have dropout all the same. */
  private boolean isWide() {
    return adapterDropout > 0 && !isApart() && hasWeights() && !WideInput.isIndex(base);
  }

  /** The view of a weight in the running layer. */
  private WeightView stored(String weight) {
    return isFast() ? view(weight).inOrder() : view(weight);
  }

  /** Whether this library's convolution replaces DL4J's. */
  private boolean isFast() {
    return fastConvolution
        && adapterDropout == 0
        && base.getClass() == ConvolutionLayer.class
        && ((BaseLayer) base).getWeightNoise() == null;
  }

  private NolaConv fastConf() {
    ConvolutionLayer convolution = (ConvolutionLayer) base;
    return new NolaConv.Builder(convolution.getKernelSize())
        .name(layerName)
        .nIn(convolution.getNIn())
        .nOut(convolution.getNOut())
        .stride(convolution.getStride())
        .padding(convolution.getPadding())
        .dilation(convolution.getDilation())
        .convolutionMode(convolution.getConvolutionMode())
        .dataFormat(convolution.getCnn2dDataFormat())
        .hasBias(convolution.hasBias())
        .activation(convolution.getActivationFn())
        .reparameterization(new Dense())
        .inputGradient(inputGradient)
        .build();
  }

  /**
   * Whether the adapter's share is computed apart and added to the layer's pre-activations, as it
   * is for dense layers: where that saves forming W, and where W does not give the same outputs.
   */
  @JsonIgnore
  boolean isApart() {
    return isLinear(innermost())
        && hasWeights()
        && (adapterDropout > 0
            || hasCodes()
            || base instanceof AdaptedLayer
            || weights().stream().anyMatch(weight -> weight.factorize(0).isLowRank()));
  }

  /** Whether a layer of DL4J is nothing but {@code f(x W + b)}. */
  static boolean isLinear(Layer layer) {
    boolean linear =
        layer.getClass() == OutputLayer.class
            || (layer.getClass() == DenseLayer.class && !((DenseLayer) layer).hasLayerNorm());
    return linear && ((BaseLayer) layer).getWeightNoise() == null;
  }

  /** Whether the frozen weight consists of 8-bit integers. */
  boolean hasCodes() {
    return adaptedWeights.values().stream()
        .anyMatch(
            weight -> weight.method().w0() instanceof FrozenWeight.Given w0 && w0.quantized());
  }

  /** Whether a weight has an adapter. */
  private boolean isTrained() {
    return weights().stream().anyMatch(weight -> weight.factorize(0).isTrained());
  }

  /** Whether outputs are those of one formed weight, and not a sum of products. */
  @JsonIgnore
  boolean isFormed() {
    return !isApart() && !(base instanceof AdaptedLayer);
  }

  /** The layer of the network that was wrapped first. */
  @JsonIgnore
  Layer innermost() {
    return base instanceof AdaptedLayer inner ? inner.innermost() : base;
  }

  /** The linear part of an output layer. */
  static DenseLayer linear(OutputLayer output) {
    DenseLayer linear =
        new DenseLayer.Builder()
            .name(output.getLayerName())
            .nIn(output.getNIn())
            .nOut(output.getNOut())
            .hasBias(output.hasBias())
            .activation(new ActivationIdentity())
            .build();
    linear.setWeightInitFn(output.getWeightInitFn());
    linear.setIDropout(output.getIDropout());
    linear.setWeightNoise(output.getWeightNoise());
    linear.setIUpdater(output.getIUpdater());
    linear.setBiasUpdater(output.getBiasUpdater());
    linear.setRegularization(output.getRegularization());
    linear.setRegularizationBias(output.getRegularizationBias());
    linear.setConstraints(output.getConstraints());
    linear.setGradientNormalization(output.getGradientNormalization());
    linear.setGradientNormalizationThreshold(output.getGradientNormalizationThreshold());
    return linear;
  }

  /** The layer that runs: an output layer without its loss, a frozen layer without noise. */
  private Layer runtimeConf(boolean identity) {
    if (isFast()) {
      return fastConf();
    }
    Layer conf = BaseConfs.copy(base);
    if (base.getClass() == OutputLayer.class) {
      conf = linear((OutputLayer) conf);
    } else if (identity) {
      ((BaseLayer) conf).setActivationFn(new ActivationIdentity());
    }
    if (adaptedWeights.isEmpty()) {
      BaseConfs.removeNoise(conf);
    }
    if (iDropout != null) {
      removeDropout(conf);
    }
    conf.setConstraints(null);
    return conf;
  }

  private static void removeDropout(Layer conf) {
    conf.setIDropout(null);
    if (conf instanceof AdaptedLayer adapted) {
      removeDropout(adapted.base);
    }
  }

  private BaseRuntime runtime(Layer conf, boolean shared, DataType type) {
    long length =
        getFrozenParameters().values().stream().mapToLong(FrozenParameter::length).sum()
            + baseWeights().stream().mapToLong(weight -> weight.shape().elements()).sum();
    return new BaseRuntime(conf, length, shared ? content(conf) : null, type, this::fill);
  }

  /** The weights whose W0s are parameters of the layer inside; an adapter there has them itself. */
  private List<WeightSpec> baseWeights() {
    return base instanceof AdaptedLayer ? List.of() : weights();
  }

  /** A key for the parameters' contents: names and hashes. */
  private String content(Layer conf) {
    StringBuilder content = new StringBuilder(conf.getClass().getName());
    content.append(' ').append(BaseConfs.leaf(conf).getClass().getName());
    baseWeights()
        .forEach(
            w -> content.append(' ').append(w.name()).append(w.shape()).append(w.method().w0()));
    getFrozenParameters()
        .forEach((name, parameter) -> content.append(' ').append(name).append(parameter));
    return content.toString();
  }

  private void fill(BaseRuntime runtime) {
    getFrozenParameters()
        .forEach(
            (name, parameter) -> {
              if (isFast() && name.equals(WeightView.WEIGHT)) {
                writeKernel(parameter, runtime.parameter(name));
              } else {
                parameter.writeTo(runtime.parameter(name));
              }
            });
    baseWeights()
        .forEach(
            weight -> {
              WeightShape shape = weight.shape();
              float[] w0 = weight.method().w0().materialize(shape, 0);
              stored(weight.name())
                  .write(
                      Nd4j.createFromArray(w0).reshape('c', shape.rows(), shape.columns()),
                      runtime.parameter(weight.name()));
            });
  }

  /** Permutes DL4J's [out, in, height, width] to the order of the matrix. */
  private void writeKernel(FrozenParameter kernel, INDArray to) {
    INDArray ordered = allocate(to.dataType(), AdaptedWeight.axes(base));
    kernel.writeTo(ordered);
    WeightView view = WeightView.of(base, AdaptedWeight.axes(base), kernelView);
    view.inOrder().write(view.matrix(ordered), to);
  }

  private static INDArray allocate(DataType type, List<Long> axes) {
    return Nd4j.create(type, axes.stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * The parameters of DL4J's layer as they take part in outputs, in DL4J's shapes.
   *
   * @param inside those of the layer that runs
   * @param matrices of the weights that have adapters, in their order
   */
  Map<String, INDArray> parameters(Map<String, INDArray> inside, List<INDArray> matrices) {
    Map<String, INDArray> parameters = new LinkedHashMap<>(inside);
    if (isFast() && !hasWeights()) {
      WeightView view = WeightView.of(base, AdaptedWeight.axes(base), kernelView);
      INDArray matrix = inside.get(WeightView.WEIGHT);
      INDArray kernel = allocate(matrix.dataType(), AdaptedWeight.axes(base));
      view.write(matrix.reshape('c', view.shape().rows(), view.shape().columns()), kernel);
      parameters.put(WeightView.WEIGHT, kernel);
    }
    Iterator<INDArray> each = matrices.iterator();
    for (WeightSpec weight : weights()) {
      INDArray matrix = each.next();
      INDArray formed = allocate(matrix.dataType(), axes(weight.name()));
      view(weight.name()).write(matrix, formed);
      parameters.put(weight.name(), formed);
    }
    return parameters;
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
  public void setInputGradient(boolean inputGradient) {
    this.inputGradient = inputGradient;
  }

  /** The probability that an input of the adapter is dropped in training. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public double getAdapterDropout() {
    return adapterDropout;
  }

  /** For JSON. */
  public void setAdapterDropout(double adapterDropout) {
    this.adapterDropout = adapterDropout;
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
        && adapterDropout == that.adapterDropout
        && adaptersBelow == that.adaptersBelow;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), layerName, adaptedWeights, getFrozenParameters());
  }
}
