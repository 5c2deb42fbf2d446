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
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.DirectComputation;
import org.nola4j.dl4j.DirectParameter;
import org.nola4j.dl4j.ReparameterizedLayer;
import org.nola4j.dl4j.WeightSpec;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A fully connected layer, {@code y = activation(x W + b)}, whose W arises from few trained
 * numbers.
 *
 * <p>Shapes: x [batch, nIn], W [nIn, nOut], b [1, nOut], y [batch, nOut]. DL4J's parameters are the
 * method's trained vectors ({@code alpha} [1, k] and {@code beta} [1, l] for NOLA) and, for {@link
 * Bias#FREE}, {@code b}.
 *
 * <p>A low-rank W is formed only where its rank makes that cheaper: (x A) B costs {@code batch *
 * rank * (nIn + nOut)} multiplications a pass, and the pull-back as many. Memory: {@code rank *
 * (nIn + nOut)} floats for the factors and as many for their gradients, no basis, nIn * nOut floats
 * for W0 if there is one.
 *
 * <p>Defaults: {@code Nola.scratch(4, 16, 16)}, a free bias, the network's activation.
 */
public class NolaDense extends ReparameterizedLayer {
  private static final Reparameterization DEFAULT = Nola.scratch(4, 16, 16);

  private long nIn;
  private long nOut;
  private Bias bias = Bias.FREE;
  private Reparameterization reparameterization = DEFAULT;
  private IActivation activationFn;
  private boolean inputGradient = true;

  /** For JSON. */
  NolaDense() {}

  private NolaDense(Builder builder) {
    super(builder);
    this.nIn = builder.nIn;
    this.nOut = builder.nOut;
    this.bias = builder.bias;
    this.reparameterization = builder.reparameterization;
    this.activationFn = builder.activation;
    this.inputGradient = builder.inputGradient;
    if (nOut < 1) {
      throw new IllegalArgumentException(describe() + ": nOut must be at least 1, but is " + nOut);
    }
  }

  @Override
  protected List<WeightSpec> weights() {
    if (nIn < 1) {
      throw new IllegalStateException(
          describe()
              + ": nIn must be at least 1, but is "
              + nIn
              + "; set nIn, or the network's input type");
    }
    int rows = Math.toIntExact(bias == Bias.FOLDED ? nIn + 1 : nIn);
    WeightShape shape = new WeightShape(rows, Math.toIntExact(nOut), Math.toIntExact(nIn));
    return List.of(new WeightSpec("W", shape, reparameterization));
  }

  @Override
  protected Map<String, DirectParameter> directParameters() {
    return bias == Bias.FREE ? Map.of("b", DirectParameter.zeros(1, nOut)) : Map.of();
  }

  @Override
  protected DirectComputation directComputation(DataType type) {
    return new DenseComputation(activationFn, bias, inputGradient);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables, SDVariable mask) {
    SDVariable x = input;
    if (bias == Bias.FOLDED) {
      SDVariable one = input.get(SDIndex.all(), SDIndex.interval(0, 1)).mul(0).add(1);
      x = graph.concat(1, input, one);
    }
    SDVariable z = graphWeight("W", graph, variables).multiply(x);
    if (bias == Bias.FREE) {
      z = z.add(variables.get("b"));
    }
    return SameDiffLayerUtils.fromIActivation(activationFn).asSameDiff("activations", graph, z);
  }

  @Override
  public void validateInput(INDArray input) {
    if (input.rank() != 2 || input.size(1) != nIn) {
      throw new IllegalArgumentException(
          describe()
              + ": expected input of shape [batch, nIn = "
              + nIn
              + "], but got "
              + java.util.Arrays.toString(input.shape()));
    }
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return InputType.feedForward(nOut);
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    long size = dense().inputSize(inputType);
    if (nIn <= 0 || override) {
      nIn = size;
    } else if (nIn != size) {
      throw new IllegalStateException(
          describe()
              + ": nIn is set to "
              + nIn
              + ", but the layer below gives "
              + size
              + " values ("
              + inputType
              + ")");
    }
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
  public void applyGlobalConfigToLayer(NeuralNetConfiguration.Builder global) {
    if (activationFn == null) {
      activationFn = global.getActivationFn();
    }
  }

  /** Inputs. */
  public long getNIn() {
    return nIn;
  }

  /** For JSON. */
  public void setNIn(long nIn) {
    this.nIn = nIn;
  }

  /** Outputs. */
  public long getNOut() {
    return nOut;
  }

  /** For JSON. */
  public void setNOut(long nOut) {
    this.nOut = nOut;
  }

  /** What is done about the bias. */
  public Bias getBias() {
    return bias;
  }

  /** For JSON. */
  public void setBias(Bias bias) {
    this.bias = bias;
  }

  /** The method. */
  public Reparameterization getReparameterization() {
    return reparameterization;
  }

  /** For JSON. */
  public void setReparameterization(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  /** The activation function. */
  public IActivation getActivationFn() {
    return activationFn;
  }

  /** For JSON. */
  public void setActivationFn(IActivation activationFn) {
    this.activationFn = activationFn;
  }

  /** Whether the gradient of the input is computed. */
  public boolean isInputGradient() {
    return inputGradient;
  }

  /** For JSON. */
  public void setInputGradient(boolean inputGradient) {
    this.inputGradient = inputGradient;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof NolaDense that)) {
      return false;
    }
    return equalsInCommon(that)
        && nIn == that.nIn
        && nOut == that.nOut
        && bias == that.bias
        && reparameterization.equals(that.reparameterization)
        && java.util.Objects.equals(activationFn, that.activationFn)
        && inputGradient == that.inputGradient;
  }

  @Override
  public int hashCode() {
    return java.util.Objects.hash(getSeed(), nIn, nOut, bias, reparameterization, inputGradient);
  }

  /** Builds a {@link NolaDense}. */
  public static class Builder extends ReparameterizedLayer.Builder<Builder> {
    private long nIn;
    private long nOut;
    private Bias bias = Bias.FREE;
    private Reparameterization reparameterization = DEFAULT;
    private IActivation activation;
    private boolean inputGradient = true;

    /** Inputs; taken from the network's input type unless set. */
    public Builder nIn(long nIn) {
      this.nIn = nIn;
      return this;
    }

    /** Outputs; required. */
    public Builder nOut(long nOut) {
      this.nOut = nOut;
      return this;
    }

    /** The method; {@code Nola.scratch(4, 16, 16)} unless set. */
    public Builder reparameterization(Reparameterization reparameterization) {
      this.reparameterization = reparameterization;
      return this;
    }

    /** What is done about the bias; {@link Bias#FREE} unless set. */
    public Builder bias(Bias bias) {
      this.bias = bias;
      return this;
    }

    /** DL4J's way to say {@link Bias#FREE} or {@link Bias#NONE}. */
    public Builder hasBias(boolean hasBias) {
      return bias(hasBias ? Bias.FREE : Bias.NONE);
    }

    /** The activation function; the network's unless set. */
    public Builder activation(Activation activation) {
      return activation(activation.getActivationFunction());
    }

    /** The activation function; the network's unless set. */
    public Builder activation(IActivation activation) {
      this.activation = activation;
      return this;
    }

    /**
     * Whether the gradient of the input is computed; true unless set. A first layer can do without:
     * it spares one product a step, the largest one on a W0.
     */
    public Builder inputGradient(boolean inputGradient) {
      this.inputGradient = inputGradient;
      return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public NolaDense build() {
      return new NolaDense(this);
    }
  }
}
