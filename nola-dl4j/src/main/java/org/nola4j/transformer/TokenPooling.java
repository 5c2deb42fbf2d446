// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Pools a transformer's tokens for its head: the first one, a class token, or the mean of the
 * others or of all, with a layer normalization before or after or none. Tokens that a mask [batch,
 * tokens] has zeros for are left out of the mean.
 *
 * <p>Shapes: input [batch, tokens, nIn], output [batch, nIn]; parameters {@code gamma} (from {@code
 * gainInit}, one unless set) and {@code beta} (from {@code biasInit}, zero unless set) [1, nIn], if
 * there is a norm.
 *
 * <p>timm's models with class token: {@code CLASS_TOKEN}, {@code BEFORE} (their {@code norm}; as
 * each token is normalized by itself it costs no more than {@code AFTER}). With {@code
 * global_pool="avg"}: {@code MEAN}, {@code AFTER} (their {@code fc_norm}), or {@code BEFORE} where
 * {@code fc_norm=False}.
 *
 * <p>Defaults: {@code CLASS_TOKEN}, {@code BEFORE}, epsilon 1e-6; the first token is the class
 * token.
 */
public class TokenPooling extends TokenLayer {
  private static final double DEFAULT_EPSILON = 1e-6;

  /** How tokens become one. */
  public enum Kind {
    /** The first one. */
    CLASS_TOKEN,
    /** The mean of all but the class token. */
    MEAN
  }

  /** Where the layer normalization is. */
  public enum Norm {
    /** There is none. */
    NONE,
    /** Each token is normalized. */
    BEFORE,
    /** The pooled token is normalized. */
    AFTER
  }

  private Kind kind = Kind.CLASS_TOKEN;
  private Norm norm = Norm.BEFORE;
  private boolean classToken = true;

  /** For JSON. */
  TokenPooling() {
    super(DEFAULT_EPSILON);
  }

  private TokenPooling(Builder builder) {
    super(builder);
    this.kind = builder.kind;
    this.norm = builder.norm;
    this.classToken = builder.classToken;
    if (kind == Kind.CLASS_TOKEN && !classToken) {
      throw new IllegalArgumentException(
          describe()
              + ": the class token cannot be picked where classToken(false) says there is none");
    }
    complete(builder);
  }

  /** Where it normalizes best: a class token alone where all would be. */
  Norm normPosition() {
    return kind == Kind.CLASS_TOKEN && norm == Norm.BEFORE ? Norm.AFTER : norm;
  }

  @Override
  public List<WeightSpec> weights() {
    return List.of();
  }

  @Override
  public boolean hasWeights() {
    return false;
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    int width = Tokens.checkedWidth(describe(), nIn);
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    if (norm != Norm.NONE) {
      parameters.put("gamma", gain(width));
      parameters.put("beta", bias(width));
    }
    return parameters;
  }

  /** There is none. */
  @Override
  public void setMethod(String weight, Reparameterization method) {
    throw new IllegalArgumentException(describe() + " has no weight \"" + weight + "\"");
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    return new TokenPoolingLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new PoolingComputation(this, describe());
  }

  /** What is pooled has no tokens left to mask. */
  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int minibatchSize) {
    return new Pair<>(null, null);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long count = input.getShape()[1];
    SDVariable x = input;
    if (norm == Norm.BEFORE) {
      x = normalize(tokens, x.reshape(-1, nIn), variables).reshape(-1, count, nIn);
    }
    x = tokens.combine(x, shares(count), nIn).reshape(-1, nIn);
    if (norm == Norm.AFTER) {
      x = normalize(tokens, x, variables);
    }
    return x.mul("pooled", 1);
  }

  private SDVariable normalize(TokenGraph tokens, SDVariable x, Map<String, SDVariable> variables) {
    return tokens.normalize(x, nIn, variables.get("gamma"), variables.get("beta"), getEpsilon());
  }

  /** The share of each token in the result. */
  private INDArray shares(long count) {
    INDArray shares = Nd4j.zeros(count, 1);
    if (kind == Kind.CLASS_TOKEN) {
      return shares.putScalar(0, 0, 1);
    }
    long first = classToken ? 1 : 0;
    for (long i = first; i < count; i++) {
      shares.putScalar(i, 0, 1.0 / (count - first));
    }
    return shares;
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return InputType.feedForward(Tokens.width(describe(), inputType));
  }

  /** How tokens become one. */
  public Kind getKind() {
    return kind;
  }

  /** For JSON. */
  public void setKind(Kind kind) {
    this.kind = kind;
  }

  /** Where the normalization is. */
  public Norm getNorm() {
    return norm;
  }

  /** For JSON. */
  public void setNorm(Norm norm) {
    this.norm = norm;
  }

  /** Whether the first token is the class token. */
  public boolean isClassToken() {
    return classToken;
  }

  /** For JSON. */
  public void setClassToken(boolean classToken) {
    this.classToken = classToken;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenPooling that
        && equalTokens(that)
        && kind == that.kind
        && norm == that.norm
        && classToken == that.classToken;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, kind, norm, classToken, getEpsilon());
  }

  /** Builds a {@link TokenPooling}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends TokenLayer.Builder<Builder> {
    private Kind kind = Kind.CLASS_TOKEN;
    private Norm norm = Norm.BEFORE;
    private boolean classToken = true;

    /** With epsilon 1e-6. */
    public Builder() {
      super(DEFAULT_EPSILON);
    }

    /** How tokens become one; {@link Kind#CLASS_TOKEN} unless set. */
    public Builder kind(Kind kind) {
      this.kind = kind;
      return this;
    }

    /** Where the normalization is; {@link Norm#BEFORE} unless set. */
    public Builder norm(Norm norm) {
      this.norm = norm;
      return this;
    }

    /** Whether the first token is a class token; true unless set. */
    public Builder classToken(boolean classToken) {
      this.classToken = classToken;
      return this;
    }

    @Override
    public TokenPooling build() {
      return new TokenPooling(this);
    }
  }
}
