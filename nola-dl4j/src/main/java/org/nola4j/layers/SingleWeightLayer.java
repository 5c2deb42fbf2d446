package org.nola4j.layers;

import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nola4j.dl4j.ReparameterizedLayer;
import org.nola4j.reparameterization.Reparameterization;

/**
 * What layers with one weight, {@code W}, between nIn inputs and nOut outputs have in common, an
 * activation function behind it.
 */
public abstract class SingleWeightLayer extends ReparameterizedLayer {
  private long nIn;
  private long nOut;
  private Reparameterization reparameterization;
  private IActivation activationFn;
  private boolean inputGradient = true;

  /** For JSON. */
  SingleWeightLayer(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  SingleWeightLayer(Builder<?> builder) {
    super(builder);
    this.nIn = builder.nIn;
    this.nOut = builder.nOut;
    this.reparameterization = builder.reparameterization;
    this.activationFn = builder.activation;
    this.inputGradient = builder.inputGradient;
    if (nOut < 1) {
      throw new IllegalArgumentException(describe() + ": nOut must be at least 1, but is " + nOut);
    }
  }

  /** The number of inputs, which must be known by now. */
  final long requireNIn() {
    if (nIn < 1) {
      throw new IllegalStateException(
          describe()
              + ": nIn must be at least 1, but is "
              + nIn
              + "; set nIn, or the network's input type");
    }
    return nIn;
  }

  /**
   * Takes the number of inputs from the layer below.
   *
   * @param things what it gives, for the message
   */
  final void takeNIn(long given, String things, InputType inputType, boolean override) {
    if (nIn > 0 && !override && nIn != given) {
      throw new IllegalStateException(
          describe()
              + ": nIn is set to "
              + nIn
              + ", but the layer below gives "
              + given
              + " "
              + things
              + " ("
              + inputType
              + ")");
    }
    nIn = given;
  }

  @Override
  protected void setMethod(String weight, Reparameterization method) {
    reparameterization = method;
  }

  @Override
  protected void omitInputGradient() {
    inputGradient = false;
  }

  @Override
  public void applyGlobalConfigToLayer(NeuralNetConfiguration.Builder global) {
    if (activationFn == null) {
      activationFn = global.getActivationFn();
    }
  }

  /** Inputs, or channels of the input. */
  public long getNIn() {
    return nIn;
  }

  /** For JSON. */
  public void setNIn(long nIn) {
    this.nIn = nIn;
  }

  /** Outputs, or channels of the output. */
  public long getNOut() {
    return nOut;
  }

  /** For JSON. */
  public void setNOut(long nOut) {
    this.nOut = nOut;
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

  /** Whether all fields but the subclass' own are equal; for its {@code equals}. */
  final boolean equalsButForKind(SingleWeightLayer that) {
    return equalsInCommon(that)
        && nIn == that.nIn
        && nOut == that.nOut
        && reparameterization.equals(that.reparameterization)
        && Objects.equals(activationFn, that.activationFn)
        && inputGradient == that.inputGradient;
  }

  /**
   * Builds a layer with one weight.
   *
   * @param <T> the builder's own type
   */
  public abstract static class Builder<T extends Builder<T>>
      extends ReparameterizedLayer.Builder<T> {
    private long nIn;
    private long nOut;
    private Reparameterization reparameterization;
    private IActivation activation;
    private boolean inputGradient = true;

    Builder(Reparameterization reparameterization) {
      this.reparameterization = reparameterization;
    }

    /** Inputs, or channels of the input; taken from the network's input type unless set. */
    public T nIn(long nIn) {
      this.nIn = nIn;
      return self();
    }

    /** Outputs, or channels of the output; required. */
    public T nOut(long nOut) {
      this.nOut = nOut;
      return self();
    }

    /** The method; the layer's default unless set. */
    public T reparameterization(Reparameterization reparameterization) {
      this.reparameterization = reparameterization;
      return self();
    }

    /** The activation function; the network's unless set. */
    public T activation(Activation activation) {
      return activation(activation.getActivationFunction());
    }

    /** The activation function; the network's unless set. */
    public T activation(IActivation activation) {
      this.activation = activation;
      return self();
    }

    /**
     * Whether the gradient of the input is computed; true unless set. A first layer can do without:
     * it spares one product or convolution a step, the largest one on a W0.
     */
    public T inputGradient(boolean inputGradient) {
      this.inputGradient = inputGradient;
      return self();
    }
  }
}
