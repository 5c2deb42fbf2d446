// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.AdapterDropout;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.WeightShape;

/**
 * A layer of a trained network whose parameters are kept outside the network's, and how it is
 * computed with the adapters on its weights, or with none.
 *
 * @param base its configuration; an adapted layer where the network was wrapped before
 * @param innermost the layer of the network that was wrapped first
 * @param weights those with adapters or frozen beside them, with the layer's weights as W0s; none
 *     for a frozen layer
 * @param axes of these weights in DL4J
 * @param kernelView the matrix view of a convolution's kernel
 * @param frozen the other parameters
 * @param inputGradient whether a layer below needs its gradient
 * @param fastConvolution whether a convolution uses this library's kernels instead of DL4J's
 * @param adapterDropout the probability that a number is dropped before it enters the adapter
 */
public record HeldLayer(
    Layer base,
    Layer innermost,
    List<WeightSpec> weights,
    Map<String, List<Long>> axes,
    KernelView kernelView,
    Map<String, FrozenParameter> frozen,
    boolean inputGradient,
    boolean fastConvolution,
    double adapterDropout) {

  /** How the layer is computed. */
  WrappedPass pass(DataType type) {
    if (weights.isEmpty()) {
      BaseRuntime runtime = runtime(runtimeConf(false), true, type);
      return BaseConfs.leaf(base).getClass() == BatchNormalization.class
          ? FrozenBatchNorm.of(runtime, base)
          : new FrozenComputation(runtime, base instanceof PReLULayer);
    }
    if (isApart()) {
      IActivation activation =
          innermost instanceof DenseLayer dense
              ? dense.getActivationFn()
              : new ActivationIdentity();
      LinearBase linear =
          isCompact()
              ? new CompactLinear(base.getLayerName(), bias(type))
              : new RuntimeLinear(runtime(runtimeConf(true), true, type));
      return new DenseWithAdapter(linear, activation, inputGradient, isTrained());
    }
    BaseRuntime formed = runtime(runtimeConf(false), false, type);
    List<FormedWeights.Weight> views =
        weights.stream().map(w -> new FormedWeights.Weight(w.name(), stored(w.name()))).toList();
    if (!isWide()) {
      return new FormedWeights(formed, views);
    }
    Layer wide = runtimeConf(false);
    WideInput.widen(wide);
    AdapterDropout dropout = new AdapterDropout(adapterDropout);
    return new FormedWithDropout(formed, wide, base, views, dropout, type);
  }

  /** The bias, or null. */
  private INDArray bias(DataType type) {
    FrozenParameter bias = frozen.get("b");
    return bias == null ? null : bias.array(type, 1, bias.length());
  }

  /** Whether the network was wrapped before, and this layer has an adapter inside. */
  private boolean isStacked() {
    return base instanceof ReparameterizedLayer;
  }

  /**
   * Whether the adapter's share is computed apart and added to the layer's pre-activations, as it
   * is for dense layers: where that saves forming W, and where W does not give the same outputs.
   */
  public boolean isApart() {
    return BaseConfs.isLinear(innermost)
        && !weights.isEmpty()
        && (adapterDropout > 0
            || isCompact()
            || isStacked()
            || weights.stream().anyMatch(weight -> weight.factorize(0).isLowRank()));
  }

  /** Whether the frozen weight has fewer bits than float32. */
  public boolean isCompact() {
    return weights.stream()
        .anyMatch(
            weight -> weight.method().w0() instanceof FrozenWeight.Given w0 && w0.isCompact());
  }

  /** Whether a weight has an adapter. */
  public boolean isTrained() {
    return weights.stream().anyMatch(weight -> weight.factorize(0).isTrained());
  }

  /** Whether weights are formed and their adapters have dropout all the same. */
  public boolean isWide() {
    return adapterDropout > 0 && !isApart() && !weights.isEmpty() && !WideInput.isIndex(base);
  }

  /** Whether outputs are those of one formed weight, and not a sum of products. */
  public boolean isFormed() {
    return !isApart() && !isStacked();
  }

  /** Whether this library's convolution replaces DL4J's. */
  private boolean isFast() {
    return fastConvolution
        && adapterDropout == 0
        && base.getClass() == ConvolutionLayer.class
        && ((BaseLayer) base).getWeightNoise() == null;
  }

  // ---------------------------------------------------------------- the layer that runs

  /** An output layer without its loss, a frozen layer without noise. */
  private Layer runtimeConf(boolean identity) {
    if (isFast()) {
      return fastConf();
    }
    Layer conf = BaseConfs.copy(base);
    if (base.getClass() == OutputLayer.class) {
      conf = BaseConfs.linear((OutputLayer) conf);
    } else if (identity) {
      ((BaseLayer) conf).setActivationFn(new ActivationIdentity());
    }
    if (weights.isEmpty()) {
      BaseConfs.removeNoise(conf);
    }
    conf.setConstraints(null);
    return conf;
  }

  private NolaConv fastConf() {
    ConvolutionLayer convolution = (ConvolutionLayer) base;
    return new NolaConv.Builder(convolution.getKernelSize())
        .name(convolution.getLayerName())
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

  private BaseRuntime runtime(Layer conf, boolean shared, DataType type) {
    long length =
        frozen.values().stream().mapToLong(FrozenParameter::length).sum()
            + baseWeights().stream().mapToLong(weight -> weight.shape().elements()).sum();
    return new BaseRuntime(conf, length, shared ? content(conf) : null, type, this::fill);
  }

  /** The weights whose W0s are parameters of the layer inside; an adapter there has them itself. */
  private List<WeightSpec> baseWeights() {
    return isStacked() ? List.of() : weights;
  }

  /** A key for the parameters' contents: names and hashes. */
  private String content(Layer conf) {
    StringBuilder content = new StringBuilder(conf.getClass().getName());
    content.append(' ').append(BaseConfs.leaf(conf).getClass().getName());
    baseWeights()
        .forEach(
            w -> content.append(' ').append(w.name()).append(w.shape()).append(w.method().w0()));
    frozen.forEach((name, parameter) -> content.append(' ').append(name).append(parameter));
    return content.toString();
  }

  // ---------------------------------------------------------------- parameters

  /** The matrix of one of the weights. */
  public WeightView view(String weight) {
    return WeightView.of(BaseConfs.leaf(base), axes.get(weight), kernelView);
  }

  /** The view of a weight in the layer that runs. */
  private WeightView stored(String weight) {
    return isFast() ? view(weight).inOrder() : view(weight);
  }

  /** The view of a convolution's kernel that has no adapter. */
  private WeightView kernel() {
    return WeightView.of(base, WeightView.axes(base), kernelView);
  }

  private void fill(BaseRuntime runtime) {
    frozen.forEach(
        (name, parameter) -> {
          if (isFast() && name.equals(WeightView.WEIGHT)) {
            writeKernel(parameter, runtime.parameter(name));
          } else {
            parameter.writeTo(runtime.parameter(name));
          }
        });
    for (WeightSpec weight : baseWeights()) {
      WeightShape shape = weight.shape();
      float[] w0 = weight.method().w0().materialize(shape, 0);
      stored(weight.name())
          .write(
              Nd4j.createFromArray(w0).reshape('c', shape.rows(), shape.columns()),
              runtime.parameter(weight.name()));
    }
  }

  /** Permutes DL4J's [out, in, height, width] to the order of the matrix. */
  private void writeKernel(FrozenParameter kernel, INDArray to) {
    INDArray ordered = allocate(to.dataType(), WeightView.axes(base));
    kernel.writeTo(ordered);
    WeightView view = kernel();
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
    if (isFast() && weights.isEmpty()) {
      WeightView view = kernel();
      INDArray matrix = inside.get(WeightView.WEIGHT);
      INDArray kernel = allocate(matrix.dataType(), WeightView.axes(base));
      view.write(matrix.reshape('c', view.shape().rows(), view.shape().columns()), kernel);
      parameters.put(WeightView.WEIGHT, kernel);
    }
    Iterator<INDArray> each = matrices.iterator();
    for (WeightSpec weight : weights) {
      INDArray matrix = each.next();
      INDArray formed = allocate(matrix.dataType(), axes.get(weight.name()));
      view(weight.name()).write(matrix, formed);
      parameters.put(weight.name(), formed);
    }
    return parameters;
  }
}
