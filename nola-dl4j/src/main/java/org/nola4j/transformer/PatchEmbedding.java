// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.ReparameterizedFeedForwardLayer;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * Turns images into tokens: splits them into patches of p x p pixels, row by row, and multiplies
 * each by a matrix; prepends a trained class token; adds a trained position embedding to each
 * token.
 *
 * <p>Shapes: input [batch, nIn, height, width] (NCHW), output [batch, tokens, nOut] with {@code
 * tokens = height / p * width / p}, one more with a class token. The weight {@code proj} is [nIn *
 * p * p, nOut] with rows in the order channel, y, x: the transpose of PyTorch's convolution kernel
 * [nOut, nIn, p, p]. DL4J's parameters are its method's trained vectors, {@code b} [1, nOut] (from
 * zero), {@code cls} [1, nOut] and {@code pos} [tokens, nOut] (both from a truncated normal
 * distribution of standard deviation 0.02).
 *
 * <p>Costs {@code batch * height * width * nIn * nOut} multiplications per pass and keeps nothing
 * between passes.
 *
 * <p>Defaults: patches of 16 x 16, a class token, {@code Nola.scratch(4, 16, 16)}; image size and
 * channels from the network's input type.
 */
public class PatchEmbedding extends ReparameterizedFeedForwardLayer {
  private static final Reparameterization DEFAULT = Nola.scratch(4, 16, 16);
  private static final double INITIAL_DEVIATION = 0.02;

  private int patchSize;
  private long height;
  private long width;
  private boolean classToken = true;
  private boolean inputGradient = true;
  private Reparameterization reparameterization = DEFAULT;

  /** For JSON. */
  PatchEmbedding() {}

  private PatchEmbedding(Builder builder) {
    super(builder);
    this.patchSize = builder.patchSize;
    this.height = builder.height;
    this.width = builder.width;
    this.classToken = builder.classToken;
    this.inputGradient = builder.inputGradient;
    this.reparameterization = builder.reparameterization;
    if (nOut < 1 || patchSize < 1) {
      throw new IllegalArgumentException(
          describe()
              + ": nOut and patchSize must be at least 1, but are "
              + nOut
              + " and "
              + patchSize);
    }
    if (height > 0 || width > 0) {
      checkSize();
    }
    Tokens.checkNoActivation(describe(), builder.getActivationFn());
    initializeConstraints(builder);
  }

  /** With one patch where the image's size is not known. */
  @Override
  public ReparameterizedLayer sized() {
    if (nIn > 0 && height > 0) {
      return this;
    }
    PatchEmbedding copy = (PatchEmbedding) clone();
    copy.nIn = 16;
    copy.height = patchSize;
    copy.width = patchSize;
    return copy;
  }

  private void checkSize() {
    if (height < 1 || width < 1 || height % patchSize != 0 || width % patchSize != 0) {
      throw new IllegalArgumentException(
          describe()
              + ": the image's height and width must be multiples of patchSize = "
              + patchSize
              + ", but are "
              + height
              + " and "
              + width);
    }
  }

  private long patches() {
    if (nIn < 1 || height < 1) {
      throw new IllegalStateException(
          describe() + ": set nIn and imageSize, or the network's input type");
    }
    return height / patchSize * (width / patchSize);
  }

  /** The tokens that an image gives, with the class token. */
  public long tokens() {
    return patches() + (classToken ? 1 : 0);
  }

  @Override
  public List<WeightSpec> weights() {
    patches();
    int inputs = Math.toIntExact(nIn * patchSize * patchSize);
    WeightShape shape = new WeightShape(inputs, Math.toIntExact(nOut), inputs);
    return List.of(new WeightSpec("proj", shape, reparameterization));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    parameters.put("b", bias(nOut));
    if (classToken) {
      parameters.put("cls", DirectParameter.truncatedNormal(INITIAL_DEVIATION, 1, nOut));
    }
    parameters.put("pos", DirectParameter.truncatedNormal(INITIAL_DEVIATION, tokens(), nOut));
    return parameters;
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    reparameterization = method;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    return new PatchEmbeddingLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new EmbeddingComputation(describe(), patchSize, inputGradient);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long p = patchSize;
    SDVariable patches =
        graph
            .permute(input.reshape(-1, nIn, height / p, p, width / p, p), 0, 2, 4, 1, 3, 5)
            .reshape(-1, nIn * p * p);
    SDVariable products =
        graphWeight("proj", graph, variables).multiply(patches).add(variables.get("b"));
    SDVariable result = products.reshape(-1, patches(), nOut);
    SDVariable added = variables.get("pos");
    if (classToken) {
      INDArray shift = Nd4j.zeros(patches(), tokens());
      for (long i = 0; i < patches(); i++) {
        shift.putScalar(i, i + 1, 1);
      }
      result = tokens.combine(result, shift, nOut);
      INDArray first = Nd4j.zeros(tokens(), 1);
      first.putScalar(0, 0, 1);
      added = added.add(tokens.constant(first).mmul(variables.get("cls")));
    }
    return result.add("tokens", added.reshape(1, tokens(), nOut));
  }

  @Override
  public void validateInput(INDArray input) {
    long[] expected = {input.size(0), nIn, height, width};
    if (!Arrays.equals(input.shape(), expected)) {
      throw new IllegalArgumentException(
          describe()
              + ": expected images of shape [batch, "
              + nIn
              + ", "
              + height
              + ", "
              + width
              + "], but got "
              + Arrays.toString(input.shape()));
    }
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return Tokens.type(tokens(), nOut);
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    if (!(inputType instanceof InputType.InputTypeConvolutional images)
        || images.getFormat() != CNN2DFormat.NCHW) {
      throw new IllegalStateException(
          describe()
              + ": expected images, InputType.convolutional(height, width, channels) in NCHW, but"
              + " the input type is "
              + inputType);
    }
    checkEqual("nIn", nIn, images.getChannels(), override);
    checkEqual("the image's height", height, images.getHeight(), override);
    checkEqual("the image's width", width, images.getWidth(), override);
    nIn = images.getChannels();
    height = images.getHeight();
    width = images.getWidth();
    checkSize();
  }

  private void checkEqual(String what, long set, long given, boolean override) {
    if (set > 0 && set != given && !override) {
      throw new IllegalStateException(
          describe() + ": " + what + " is set to " + set + ", but the input type has " + given);
    }
  }

  /** Height and width of a patch. */
  public int getPatchSize() {
    return patchSize;
  }

  /** For JSON. */
  public void setPatchSize(int patchSize) {
    this.patchSize = patchSize;
  }

  /** Height of the images. */
  public long getHeight() {
    return height;
  }

  /** For JSON. */
  public void setHeight(long height) {
    this.height = height;
  }

  /** Width of the images. */
  public long getWidth() {
    return width;
  }

  /** For JSON. */
  public void setWidth(long width) {
    this.width = width;
  }

  /** Whether there is one. */
  public boolean isClassToken() {
    return classToken;
  }

  /** For JSON. */
  public void setClassToken(boolean classToken) {
    this.classToken = classToken;
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

  /** The method of the weight. */
  public Reparameterization getReparameterization() {
    return reparameterization;
  }

  /** For JSON. */
  public void setReparameterization(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PatchEmbedding that
        && equalsInCommon(that)
        && nIn == that.nIn
        && nOut == that.nOut
        && patchSize == that.patchSize
        && height == that.height
        && width == that.width
        && classToken == that.classToken
        && inputGradient == that.inputGradient
        && reparameterization.equals(that.reparameterization);
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, nOut, patchSize, height, width, reparameterization);
  }

  /** Builds a {@link PatchEmbedding}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ReparameterizedLayer.Builder<Builder> {
    private int patchSize = 16;
    private long height;
    private long width;
    private boolean classToken = true;
    private boolean inputGradient = true;
    private Reparameterization reparameterization = DEFAULT;

    /** Height and width of a patch in pixels; 16 unless set. */
    public Builder patchSize(int patchSize) {
      this.patchSize = patchSize;
      return this;
    }

    /** Height and width of the images; taken from the network's input type unless set. */
    public Builder imageSize(long size) {
      return imageSize(size, size);
    }

    /** As {@link #imageSize(long)}, for images that are not square. */
    public Builder imageSize(long height, long width) {
      this.height = height;
      this.width = width;
      return this;
    }

    /** Whether there is a class token; true unless set. */
    public Builder classToken(boolean classToken) {
      this.classToken = classToken;
      return this;
    }

    /** The method; {@code Nola.scratch(4, 16, 16)} unless set. */
    public Builder reparameterization(Reparameterization reparameterization) {
      this.reparameterization = reparameterization;
      return this;
    }

    /**
     * Whether the gradient of the input is computed; true unless set. A first layer does not need
     * it.
     */
    public Builder inputGradient(boolean inputGradient) {
      this.inputGradient = inputGradient;
      return this;
    }

    @Override
    public PatchEmbedding build() {
      return new PatchEmbedding(this);
    }
  }
}
