package org.nola4j.transfer;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nola4j.dl4j.DirectComputation;
import org.nola4j.dl4j.DirectParameter;
import org.nola4j.dl4j.FrozenParameter;
import org.nola4j.dl4j.ReparameterizedLayer;
import org.nola4j.dl4j.WeightSpec;
import org.nola4j.layers.KernelView;
import org.nola4j.layers.NolaConv;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A layer of a trained network whose parameters are frozen and kept outside the network's, with an
 * adapter on its weight or without one. {@link Adapters} makes them; there is no builder.
 *
 * <p>DL4J's own runtime of the layer computes, so that outputs are DL4J's bit for bit while the
 * adapter adds nothing. DL4J's parameters are the adapter's trained vectors only ({@code alpha},
 * {@code beta}, ...). A layer without an adapter runs in test mode, as in DL4J's {@code
 * FrozenLayer}: no dropout, running statistics in batch normalization.
 *
 * <p>Cost: a dense layer with a low-rank method adds {@code batch * rank * (nIn + nOut)}
 * multiplications a pass and {@code rank * (nIn + nOut)} floats, and forms neither W nor its
 * gradient. Any other weight is formed once after each change ({@code rank * m * n}
 * multiplications, three times its size in memory). Frozen parameters take 4 bytes a number, once
 * for all networks over one base, and as many in {@link
 * org.nola4j.reparameterization.GivenWeights}.
 */
public final class AdaptedLayer extends ReparameterizedLayer {
  private Layer base;
  private KernelView kernelView;
  private Reparameterization reparameterization;
  private boolean inputGradient = true;
  private boolean fastConvolution;
  private double adapterDropout;

  /** For JSON. */
  AdaptedLayer() {}

  /**
   * @param base the configuration of the layer
   * @param kernelView which matrix a convolution's kernel is taken for
   * @param reparameterization the adapter, on a W0 that is the layer's weight; null for none
   * @param frozenParameters the other frozen parameters
   * @param inputGradient whether a layer below needs a gradient
   * @param fastConvolution whether a convolution runs on our kernels instead of DL4J's
   */
  AdaptedLayer(
      Layer base,
      KernelView kernelView,
      Reparameterization reparameterization,
      Map<String, FrozenParameter> frozenParameters,
      boolean inputGradient,
      boolean fastConvolution) {
    this.base = base;
    this.kernelView = kernelView;
    this.reparameterization = reparameterization;
    setFrozenParameters(frozenParameters);
    this.inputGradient = inputGradient;
    this.fastConvolution = fastConvolution;
    this.layerName = base.getLayerName();
    if (reparameterization != null) {
      this.iDropout = base.getIDropout();
    }
  }

  /** For instance {@code AdaptedDenseLayer}. */
  @Override
  public String typeName() {
    return "Adapted" + base.getClass().getSimpleName();
  }

  @Override
  protected List<WeightSpec> weights() {
    return reparameterization == null
        ? List.of()
        : List.of(new WeightSpec(WeightView.WEIGHT, view().shape(), reparameterization));
  }

  @Override
  protected List<Integer> kernel() {
    if (base.getClass() != ConvolutionLayer.class) {
      return List.of();
    }
    int[] size = ((ConvolutionLayer) base).getKernelSize();
    return List.of(size[0], size[1]);
  }

  @Override
  protected Map<String, DirectParameter> directParameters() {
    return Map.of();
  }

  @Override
  protected void setMethod(String weight, Reparameterization method) {
    reparameterization = method;
  }

  private WeightView view() {
    return WeightView.of(base, kernelView);
  }

  @Override
  protected DirectComputation directComputation(DataType type) {
    if (reparameterization == null) {
      BaseRuntime runtime = runtime(runtimeConf(false), true, type);
      return base.getClass() == BatchNormalization.class
          ? new FrozenBatchNorm(runtime, (BatchNormalization) base)
          : new FrozenComputation(runtime, base instanceof PReLULayer);
    }
    if (isFactored()) {
      IActivation activation =
          base instanceof DenseLayer dense ? dense.getActivationFn() : new ActivationIdentity();
      return new FactoredDense(
          runtime(runtimeConf(true), true, type), activation, inputGradient, adapterDropout);
    }
    return new FormedWeight(
        runtime(runtimeConf(false), false, type), isFast() ? view().inOrder() : view());
  }

  /** Whether a convolution of ours takes the place of DL4J's. */
  private boolean isFast() {
    return fastConvolution
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

  /** Whether the adapter's product is added to the layer's pre-activations. */
  @JsonIgnore
  boolean isFactored() {
    boolean linear =
        base instanceof OutputLayer || base instanceof DenseLayer dense && !dense.hasLayerNorm();
    return linear
        && ((BaseLayer) base).getWeightNoise() == null
        && reparameterization.factorize(view().shape(), 0).isLowRank();
  }

  /** What runs: the layer without dropout, and an output layer without its loss. */
  private Layer runtimeConf(boolean identity) {
    if (isFast()) {
      return fastConf();
    }
    Layer conf = base.clone();
    if (conf instanceof OutputLayer output) {
      conf =
          new DenseLayer.Builder()
              .name(layerName)
              .nIn(output.getNIn())
              .nOut(output.getNOut())
              .hasBias(output.hasBias())
              .activation(new ActivationIdentity())
              .build();
      ((BaseLayer) conf).setWeightNoise(output.getWeightNoise());
    } else if (identity) {
      ((BaseLayer) conf).setActivationFn(new ActivationIdentity());
    }
    conf.setIDropout(null);
    conf.setConstraints(null);
    return conf;
  }

  private BaseRuntime runtime(Layer conf, boolean shared, DataType type) {
    long length = getFrozenParameters().values().stream().mapToLong(FrozenParameter::length).sum();
    if (reparameterization != null) {
      length += view().shape().elements();
    }
    return new BaseRuntime(conf, length, shared ? content(conf) : null, type, this::fill);
  }

  /** Says what is in the parameters: names and hashes. */
  private String content(Layer conf) {
    StringBuilder content = new StringBuilder(conf.getClass().getSimpleName());
    if (reparameterization != null) {
      content.append(' ').append(reparameterization.w0());
    }
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
    if (reparameterization != null) {
      WeightShape shape = view().shape();
      float[] w0 = reparameterization.w0().materialize(shape, 0);
      (isFast() ? view().inOrder() : view())
          .write(
              Nd4j.createFromArray(w0).reshape('c', shape.rows(), shape.columns()),
              runtime.parameter(WeightView.WEIGHT));
    }
  }

  /** Puts DL4J's [out, in, height, width] into the order of our matrix. */
  private void writeKernel(FrozenParameter kernel, INDArray to) {
    ConvolutionLayer convolution = (ConvolutionLayer) base;
    int[] size = convolution.getKernelSize();
    INDArray ordered =
        Nd4j.create(to.dataType(), convolution.getNOut(), convolution.getNIn(), size[0], size[1]);
    kernel.writeTo(ordered);
    view().inOrder().write(view().matrix(ordered), to);
  }

  /** Not used: the layer never runs as a graph. */
  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables, SDVariable mask) {
    throw new UnsupportedOperationException(
        describe() + " is computed by DL4J's own layer and has no SameDiff graph");
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return base.getOutputType(layerIndex, inputType);
  }

  /** The layer has its size from the trained network. */
  @Override
  public void setNIn(InputType inputType, boolean override) {
    base.setNIn(inputType, false);
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return base.getPreProcessorForInputType(inputType);
  }

  /** The configuration of the layer of the trained network. */
  public Layer getBase() {
    return base;
  }

  /** For JSON. */
  public void setBase(Layer base) {
    this.base = base;
  }

  /** Which matrix a convolution's kernel is taken for. */
  public KernelView getKernelView() {
    return kernelView;
  }

  /** For JSON. */
  public void setKernelView(KernelView kernelView) {
    this.kernelView = kernelView;
  }

  /** The adapter, whose W0 is the layer's weight; null where there is none. */
  public Reparameterization getReparameterization() {
    return reparameterization;
  }

  /** For JSON. */
  public void setReparameterization(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  /** Whether a convolution runs on our kernels instead of DL4J's. */
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

  /** The probability that a number is dropped, in training, before it enters the adapter. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public double getAdapterDropout() {
    return adapterDropout;
  }

  /** For JSON. */
  public void setAdapterDropout(double adapterDropout) {
    this.adapterDropout = adapterDropout;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof AdaptedLayer that)) {
      return false;
    }
    return equalsInCommon(that)
        && base.equals(that.base)
        && kernelView == that.kernelView
        && Objects.equals(reparameterization, that.reparameterization)
        && inputGradient == that.inputGradient
        && fastConvolution == that.fastConvolution
        && adapterDropout == that.adapterDropout;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), layerName, reparameterization, getFrozenParameters());
  }
}
