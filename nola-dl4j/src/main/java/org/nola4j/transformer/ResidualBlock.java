// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * Attention in heads and an MLP, each with a residual connection, a norm, and methods by weight.
 */
abstract class ResidualBlock extends TokenLayer {
  private int heads;
  private long mlpWidth;
  private boolean inputGradient = true;
  private Map<String, Reparameterization> reparameterizations = new TreeMap<>();

  /** For JSON. */
  ResidualBlock(double epsilon) {
    super(epsilon);
  }

  ResidualBlock(Builder<?> builder) {
    super(builder);
    this.heads = builder.heads;
    this.mlpWidth = builder.mlpWidth;
    this.inputGradient = builder.inputGradient;
    for (String weight : builder.weights) {
      reparameterizations.put(weight, builder.methods.getOrDefault(weight, builder.method));
    }
  }

  /** Fails if the width does not go with the number of heads. */
  abstract void checkHeads();

  final void completeBlock(Builder<?> builder) {
    if (nIn > 0) {
      checkHeads();
    }
    complete(builder);
  }

  final WeightSpec spec(String name, int inputs, int outputs) {
    return new WeightSpec(
        name, new WeightShape(inputs, outputs, inputs), reparameterizations.get(name));
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    reparameterizations = new TreeMap<>(reparameterizations);
    reparameterizations.put(weight, method);
  }

  @Override
  public boolean takesAdapterDropout() {
    return true;
  }

  @Override
  public int frozenBits(int bits, int wordBits) {
    return bits;
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    super.setNIn(inputType, override);
    checkHeads();
  }

  /** {@code x W + b} in the graph; without b where the layer has none of that name. */
  final SDVariable linear(
      String name, SameDiff graph, SDVariable x, Map<String, SDVariable> variables) {
    SDVariable product = graphWeight(name, graph, variables).multiply(x);
    SDVariable bias = variables.get(name + ".b");
    return bias == null ? product : product.add(bias);
  }

  /** Attention heads (of queries). */
  public int getHeads() {
    return heads;
  }

  /** For JSON. */
  public void setHeads(int heads) {
    this.heads = heads;
  }

  /** Hidden width of the MLP. */
  public long getMlpWidth() {
    return mlpWidth;
  }

  /** For JSON. */
  public void setMlpWidth(long mlpWidth) {
    this.mlpWidth = mlpWidth;
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

  /** The method of each weight. */
  public Map<String, Reparameterization> getReparameterizations() {
    return reparameterizations;
  }

  /** For JSON. */
  public void setReparameterizations(Map<String, Reparameterization> reparameterizations) {
    this.reparameterizations = new TreeMap<>(reparameterizations);
  }

  final boolean equalBlocks(ResidualBlock that) {
    return equalTokens(that)
        && heads == that.heads
        && mlpWidth == that.mlpWidth
        && inputGradient == that.inputGradient
        && reparameterizations.equals(that.reparameterizations);
  }

  /** Builder of the common fields. */
  abstract static class Builder<T extends Builder<T>> extends TokenLayer.Builder<T> {
    private final List<String> weights;
    private int heads;
    private long mlpWidth;
    private boolean inputGradient = true;
    private Reparameterization method = Nola.scratch(4, 16, 16);
    private final Map<String, Reparameterization> methods = new LinkedHashMap<>();

    Builder(double epsilon, List<String> weights) {
      super(epsilon);
      this.weights = weights;
    }

    /** Attention heads (of queries); required. */
    public T heads(int heads) {
      this.heads = heads;
      return self();
    }

    /** Hidden width of the MLP; the layer names its default. */
    public T mlpWidth(long mlpWidth) {
      this.mlpWidth = mlpWidth;
      return self();
    }

    /** The method of all weights without one of their own. */
    public T reparameterization(Reparameterization method) {
      this.method = method;
      return self();
    }

    /**
     * The method of one weight.
     *
     * @param weight one of the layer's {@code WEIGHTS}
     * @throws IllegalArgumentException if it is not
     */
    public T reparameterization(String weight, Reparameterization method) {
      if (!weights.contains(weight)) {
        throw new IllegalArgumentException(
            "a transformer block has the weights %s, but none called \"%s\""
                .formatted(weights, weight));
      }
      methods.put(weight, method);
      return self();
    }

    /**
     * Whether the gradient of the input is computed; true unless set. A first block over frozen
     * layers does not need it.
     */
    public T inputGradient(boolean inputGradient) {
      this.inputGradient = inputGradient;
      return self();
    }
  }
}
