// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.InputTypeUtil;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayerUtils;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.PaddingMode;
import org.nd4j.shade.jackson.annotation.JsonAlias;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.ReparameterizedConvolutionLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A two-dimensional convolution whose kernel is computed from a few trained numbers.
 *
 * <p>Shapes: x [batch, nIn, height, width] or, in NHWC, [batch, height, width, nIn]; the kernel is
 * the matrix W [nOut * kernelHeight, nIn * kernelWidth] or, as a {@link KernelView}, the same
 * elements in other rows; element ((o, u), (i, v)) of W is DL4J's kernel element [o, i, u, v]. The
 * bias, if any, is b [1, nOut] and trained directly. Borders follow DL4J's {@link ConvolutionMode}.
 *
 * <p>On the CPU, in float32, oneDNN does the work on NHWC arrays; elsewhere a SameDiff graph does
 * it, several times slower. The kernel is formed once after each change of its coefficients ({@code
 * rank * m * n} multiplications, negligible beside the convolution itself) and takes nOut * nIn *
 * kernelHeight * kernelWidth floats, its gradient as many. A low-rank kernel without W0 is not
 * formed where avoiding it is cheaper: in the view {@link KernelView#OUT_BY_IN} it is a row of r
 * channels followed by a column, and with r well below the channels these are several times fewer
 * multiplications.
 *
 * <p>Defaults: 3 x 3 kernel, stride 1, no padding, dilation 1, {@code Truncate}, NCHW, {@code
 * Nola.scratch(8, 250, 250)}, a free bias, the network's activation. Source: NOLA (ICLR 2024),
 * section 3.4 and tables 8 and 9.
 */
public class NolaConv extends ReparameterizedConvolutionLayer {
  private static final Reparameterization DEFAULT = Nola.scratch(8, 250, 250);

  private Reparameterization reparameterization = DEFAULT;
  private boolean inputGradient = true;
  private KernelView kernelView = KernelView.OUT_BY_IN;

  /** For JSON. */
  NolaConv() {}

  private NolaConv(Builder builder) {
    super(builder);
    this.reparameterization = builder.reparameterization();
    this.inputGradient = builder.inputGradient();
    this.kernelSize = builder.kernelSize;
    this.stride = builder.stride;
    this.padding = builder.padding;
    this.dilation = builder.dilation;
    this.convolutionMode = builder.convolutionMode;
    this.cnn2dDataFormat = builder.dataFormat;
    this.hasBias = builder.hasBias;
    this.kernelView = builder.kernelView;
    SizeChecks.requireNOut(this, nOut);
    ConvolutionUtils.validateCnnKernelStridePadding(kernelSize, stride, padding);
    if (dilation.length != 2 || dilation[0] < 1 || dilation[1] < 1) {
      throw new IllegalArgumentException(
          describe()
              + ": dilation must be two positive numbers, but is "
              + Arrays.toString(dilation));
    }
    setConvolutionMode(convolutionMode);
    initializeConstraints(builder);
  }

  /** DL4J's rule for borders; {@code Causal} does not apply to images. */
  @Override
  public void setConvolutionMode(ConvolutionMode convolutionMode) {
    if (convolutionMode == ConvolutionMode.Causal) {
      throw new IllegalArgumentException(
          describe() + ": ConvolutionMode.Causal is for sequences; use Truncate, Strict or Same");
    }
    super.setConvolutionMode(convolutionMode);
  }

  /** A kernel is stored as a matrix, so a constraint's dimensions would not match. */
  @Override
  public boolean isParameter(WeightSpec weight) {
    return false;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    return new NolaConvLayer(conf, type, directComputation(type));
  }

  /** The mask of the outputs for a mask of the input's pixels, as in DL4J's convolution. */
  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int minibatchSize) {
    INDArray reduced =
        mask == null
            ? null
            : ConvolutionUtils.cnn2dMaskReduction(
                mask, kernelSize, stride, padding, dilation, mode());
    return new Pair<>(reduced, state);
  }

  @Override
  public List<WeightSpec> weights() {
    long nIn = SizeChecks.requireNIn(this);
    WeightShape shape =
        kernelView.shape(
            Math.toIntExact(getNOut()), Math.toIntExact(nIn), kernelSize[0], kernelSize[1]);
    return List.of(new WeightSpec("W", shape, getReparameterization()));
  }

  @Override
  public List<Integer> kernel() {
    return List.of(kernelSize[0], kernelSize[1]);
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    return hasBias ? Map.of("b", bias(getNOut())) : Map.of();
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    if (type != DataType.FLOAT || !OneDnn.available()) {
      return null;
    }
    return new ConvolutionComputation(
        geometry(),
        cnn2dDataFormat,
        getActivationFn(),
        hasBias,
        isInputGradient(),
        kernelView == KernelView.OUT_BY_IN);
  }

  /** Before the network is configured, the mode may be unknown. */
  private ConvolutionMode mode() {
    return convolutionMode == null ? ConvolutionMode.Truncate : convolutionMode;
  }

  private ConvolutionGeometry geometry() {
    return new ConvolutionGeometry(kernelSize, stride, padding, dilation, mode());
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    SDVariable kernel =
        graphWeight("W", graph, variables)
            .matrix()
            .reshape(getNOut(), kernelSize[0], getNIn(), kernelSize[1])
            .permute(1, 3, 2, 0);
    boolean nchw = cnn2dDataFormat == CNN2DFormat.NCHW;
    Conv2DConfig config =
        Conv2DConfig.builder()
            .kH(kernelSize[0])
            .kW(kernelSize[1])
            .sH(stride[0])
            .sW(stride[1])
            .pH(padding[0])
            .pW(padding[1])
            .dH(dilation[0])
            .dW(dilation[1])
            .paddingMode(mode() == ConvolutionMode.Same ? PaddingMode.SAME : PaddingMode.VALID)
            .dataFormat(cnn2dDataFormat.name())
            .weightsFormat(WeightsFormat.YXIO)
            .build();
    SDVariable z = graph.cnn().conv2d(input, kernel, config);
    if (hasBias) {
      SDVariable b = variables.get("b");
      z = z.add(nchw ? b.reshape(1, getNOut(), 1, 1) : b.reshape(1, 1, 1, getNOut()));
    }
    return SameDiffLayerUtils.fromIActivation(getActivationFn())
        .asSameDiff("activations", graph, z);
  }

  @Override
  public void validateInput(INDArray input) {
    int channels = cnn2dDataFormat == CNN2DFormat.NCHW ? 1 : 3;
    if (input.rank() != 4 || input.size(channels) != getNIn()) {
      throw new IllegalArgumentException(
          describe()
              + ": expected input of shape "
              + (channels == 1
                  ? "[batch, nIn = " + getNIn() + ", height, width]"
                  : "[batch, height, width, nIn = " + getNIn() + "]")
              + ", but got "
              + Arrays.toString(input.shape()));
    }
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    requireImages(inputType);
    return InputTypeUtil.getOutputTypeCnnLayers(
        inputType,
        kernelSize,
        stride,
        padding,
        dilation,
        mode(),
        getNOut(),
        layerIndex,
        layerName,
        cnn2dDataFormat,
        NolaConv.class);
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    InputType.InputTypeConvolutional images = requireImages(inputType);
    cnn2dDataFormat = images.getFormat();
    SizeChecks.takeNIn(this, images.getChannels(), "channels", inputType, override);
  }

  private InputType.InputTypeConvolutional requireImages(InputType inputType) {
    if (inputType instanceof InputType.InputTypeConvolutional images) {
      return images;
    }
    throw new IllegalStateException(
        describe()
            + ": expected convolutional input (InputType.convolutional), but the layer below gives "
            + inputType);
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return InputTypeUtil.getPreProcessorForInputTypeCnnLayers(inputType, layerName);
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    reparameterization = method;
  }

  /** The method. */
  public Reparameterization getReparameterization() {
    return reparameterization;
  }

  /** For JSON. */
  public void setReparameterization(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  /** Whether the gradient of the input is computed. */
  public boolean isInputGradient() {
    return inputGradient;
  }

  /** For JSON, and for layers of wrapped networks. */
  @Override
  public void setInputGradient(boolean inputGradient) {
    this.inputGradient = inputGradient;
  }

  /** For JSON; older models use the shorter name. */
  @Override
  @JsonAlias("dataFormat")
  public void setCnn2dDataFormat(CNN2DFormat format) {
    super.setCnn2dDataFormat(format);
  }

  /** The matrix view of the kernel. */
  public KernelView getKernelView() {
    return kernelView;
  }

  /** For JSON. */
  public void setKernelView(KernelView kernelView) {
    this.kernelView = kernelView;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof NolaConv that)) {
      return false;
    }
    return equalsInCommon(that)
        && reparameterization.equals(that.reparameterization)
        && inputGradient == that.inputGradient
        && kernelView == that.kernelView;
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        getSeed(), getNIn(), getNOut(), Arrays.hashCode(kernelSize), getReparameterization());
  }

  /** Builds a {@link NolaConv}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends SingleWeightBuilder<Builder> {
    private int[] kernelSize = {3, 3};
    private int[] stride = {1, 1};
    private int[] padding = {0, 0};
    private int[] dilation = {1, 1};
    private ConvolutionMode convolutionMode;
    private CNN2DFormat dataFormat = CNN2DFormat.NCHW;
    private boolean hasBias = true;
    private KernelView kernelView = KernelView.OUT_BY_IN;

    /** With {@code Nola.scratch(8, 250, 250)}, a 3 x 3 kernel and a bias. */
    public Builder() {
      super(DEFAULT);
    }

    /** A kernel of this height and width, or a square one for a single number. */
    public Builder(int... kernelSize) {
      super(DEFAULT);
      kernelSize(kernelSize);
    }

    /** Height and width, or one number for both; 3 unless set. */
    public Builder kernelSize(int... kernelSize) {
      this.kernelSize = pair("kernelSize", kernelSize);
      return this;
    }

    /** By rows and columns, or one number for both; 1 unless set. */
    public Builder stride(int... stride) {
      this.stride = pair("stride", stride);
      return this;
    }

    /** By rows and columns, or one number for both; 0 unless set. */
    public Builder padding(int... padding) {
      this.padding = pair("padding", padding);
      return this;
    }

    /** By rows and columns, or one number for both; 1 unless set. */
    public Builder dilation(int... dilation) {
      this.dilation = pair("dilation", dilation);
      return this;
    }

    /** DL4J's rule for borders; unless set, the network's, which is {@code Truncate} by default. */
    public Builder convolutionMode(ConvolutionMode convolutionMode) {
      this.convolutionMode = convolutionMode;
      return this;
    }

    /**
     * Order of the dimensions; unless set, that of the network's input type, or NCHW. NHWC is
     * faster.
     */
    public Builder dataFormat(CNN2DFormat dataFormat) {
      this.dataFormat = dataFormat;
      return this;
    }

    /** Whether there is a directly trained bias; true unless set. */
    public Builder hasBias(boolean hasBias) {
      this.hasBias = hasBias;
      return this;
    }

    /** The matrix view of the kernel; {@link KernelView#OUT_BY_IN} unless set. */
    public Builder kernelView(KernelView kernelView) {
      this.kernelView = kernelView;
      return this;
    }

    @Override
    public NolaConv build() {
      return new NolaConv(this);
    }

    private static int[] pair(String name, int[] values) {
      if (values.length == 1) {
        return new int[] {values[0], values[0]};
      }
      if (values.length == 2) {
        return values.clone();
      }
      throw new IllegalArgumentException(
          name + " takes one or two numbers, but got " + Arrays.toString(values));
    }
  }
}
