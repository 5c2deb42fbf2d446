// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.ReparameterizedFeedForwardLayer;
import org.nola4j.internal.runtime.ReparameterizedLayer;

/** A layer over tokens [batch, tokens, nIn] with as many outputs as inputs, which normalizes. */
abstract class TokenLayer extends ReparameterizedFeedForwardLayer {
  private double epsilon;

  /** For JSON. */
  TokenLayer(double epsilon) {
    this.epsilon = epsilon;
  }

  /** Subclasses call {@link #complete} once their fields are set. */
  TokenLayer(Builder<?> builder) {
    super(builder);
    this.epsilon = builder.epsilon;
  }

  final void complete(Builder<?> builder) {
    Tokens.checkNoActivation(describe(), builder.getActivationFn());
    setNOut(builder.getNOut());
    initializeConstraints(builder);
  }

  @Override
  public void validateInput(INDArray input) {
    Tokens.check(describe(), input, nIn);
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    Tokens.width(describe(), inputType);
    return inputType;
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    nIn = Tokens.width(describe(), inputType, nIn, override);
  }

  /** As many as inputs. */
  @Override
  public long getNOut() {
    return nIn;
  }

  /**
   * For JSON.
   *
   * @throws IllegalArgumentException if it is not the number of inputs
   */
  @Override
  public void setNOut(long nOut) {
    Tokens.checkOutputs(describe(), nIn, nOut);
  }

  /** Added to the variance or mean square in each norm. */
  public double getEpsilon() {
    return epsilon;
  }

  /** For JSON. */
  public void setEpsilon(double epsilon) {
    this.epsilon = epsilon;
  }

  /** Whether all fields but the subclass's own are equal. */
  final boolean equalTokens(TokenLayer that) {
    return equalsInCommon(that) && nIn == that.nIn && epsilon == that.epsilon;
  }

  /** Builder of the common fields. */
  abstract static class Builder<T extends Builder<T>> extends ReparameterizedLayer.Builder<T> {
    private double epsilon;

    Builder(double epsilon) {
      this.epsilon = epsilon;
    }

    /** Added to the variance or mean square in each norm; the layer names its default. */
    public T epsilon(double epsilon) {
      this.epsilon = epsilon;
      return self();
    }
  }
}
