// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayerUtils;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.ReparameterizedFeedForwardLayer;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A fully connected layer, {@code y = activation(x W + b)}, whose W is computed from a few trained
 * numbers.
 *
 * <p>Shapes: x [batch, nIn], W [nIn, nOut], b [1, nOut], y [batch, nOut]. DL4J's parameters are the
 * method's trained vectors ({@code alpha} [1, k] and {@code beta} [1, l] for NOLA) and, for {@link
 * Bias#FREE}, {@code b}.
 *
 * <p>A low-rank W is formed only where its rank makes that cheaper: (x A) B costs {@code batch *
 * rank * (nIn + nOut)} multiplications per pass, and the pull-back as many. Memory: {@code rank *
 * (nIn + nOut)} floats for the factors and as many for their gradients, no basis, nIn * nOut floats
 * for W0 if there is one.
 *
 * <p>Defaults: {@code Nola.scratch(4, 16, 16)}, a free bias, the network's activation.
 */
public class NolaDense extends ReparameterizedFeedForwardLayer {
  private static final Reparameterization DEFAULT = Nola.scratch(4, 16, 16);

  private Reparameterization reparameterization = DEFAULT;
  private boolean inputGradient = true;
  private Bias bias = Bias.FREE;

  /** For JSON. */
  NolaDense() {}

  private NolaDense(Builder builder) {
    super(builder);
    this.reparameterization = builder.reparameterization();
    this.inputGradient = builder.inputGradient();
    this.bias = builder.bias;
    SizeChecks.requireNOut(this, nOut);
    initializeConstraints(builder);
  }

  @Override
  public List<WeightSpec> weights() {
    long nIn = SizeChecks.requireNIn(this);
    int rows = Math.toIntExact(bias == Bias.FOLDED ? nIn + 1 : nIn);
    WeightShape shape = new WeightShape(rows, Math.toIntExact(getNOut()), Math.toIntExact(nIn));
    return List.of(new WeightSpec("W", shape, getReparameterization()));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    return bias == Bias.FREE ? Map.of("b", bias(getNOut())) : Map.of();
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    if (bias == Bias.FOLDED && getBiasInit() != 0 && !Double.isNaN(getBiasInit())) {
      throw new IllegalArgumentException(
          "%s: biasInit = %s cannot be the start of a folded bias, which the method computes: use Bias.FREE, or set biasInit(0)"
              .formatted(describe(), getBiasInit()));
    }
    return new NolaDenseLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new DenseComputation(getActivationFn(), bias, isInputGradient());
  }

  @Override
  public boolean takesAdapterDropout() {
    return true;
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    SDVariable x = input;
    if (bias == Bias.FOLDED) {
      SDVariable one = input.get(SDIndex.all(), SDIndex.interval(0, 1)).mul(0).add(1);
      x = graph.concat(1, input, one);
    }
    SDVariable z = graphWeight("W", graph, variables).multiply(x);
    if (bias == Bias.FREE) {
      z = z.add(variables.get("b"));
    }
    return SameDiffLayerUtils.fromIActivation(getActivationFn())
        .asSameDiff("activations", graph, z);
  }

  @Override
  public void validateInput(INDArray input) {
    if (input.rank() != 2 || input.size(1) != getNIn()) {
      throw new IllegalArgumentException(
          describe()
              + ": expected input of shape [batch, nIn = "
              + getNIn()
              + "], but got "
              + java.util.Arrays.toString(input.shape()));
    }
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return InputType.feedForward(getNOut());
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    SizeChecks.takeNIn(this, dense().inputSize(inputType), "values", inputType, override);
  }

  @Override
  public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
    return dense().getPreProcessorForInputType(inputType);
  }

  /** DL4J's own dense layer knows how to read input types. */
  private InputTypes dense() {
    return new InputTypes(describe());
  }

  private static final class InputTypes {
    private final DenseLayer layer = new DenseLayer.Builder().nOut(1).build();
    private final String description;

    InputTypes(String description) {
      this.description = description;
      layer.setLayerName(description);
    }

    long inputSize(InputType type) {
      if (type == null) {
        throw new IllegalStateException(
            description + ": expected feed-forward input, but the input type is null");
      }
      layer.setNIn(type, true);
      return layer.getNIn();
    }

    InputPreProcessor getPreProcessorForInputType(InputType type) {
      return layer.getPreProcessorForInputType(type);
    }
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

  /** How the bias is treated. */
  public Bias getBias() {
    return bias;
  }

  /** For JSON. */
  public void setBias(Bias bias) {
    this.bias = bias;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NolaDense that
        && equalsInCommon(that)
        && reparameterization.equals(that.reparameterization)
        && inputGradient == that.inputGradient
        && bias == that.bias;
  }

  @Override
  public int hashCode() {
    return java.util.Objects.hash(getSeed(), getNIn(), getNOut(), bias, getReparameterization());
  }

  /** Builds a {@link NolaDense}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends SingleWeightBuilder<Builder> {
    private Bias bias = Bias.FREE;

    /** With {@code Nola.scratch(4, 16, 16)} and a free bias. */
    public Builder() {
      super(DEFAULT);
    }

    /** How the bias is treated; {@link Bias#FREE} unless set. */
    public Builder bias(Bias bias) {
      this.bias = bias;
      return this;
    }

    /** DL4J's option for {@link Bias#FREE} or {@link Bias#NONE}. */
    public Builder hasBias(boolean hasBias) {
      return bias(hasBias ? Bias.FREE : Bias.NONE);
    }

    @Override
    public NolaDense build() {
      return new NolaDense(this);
    }
  }
}
