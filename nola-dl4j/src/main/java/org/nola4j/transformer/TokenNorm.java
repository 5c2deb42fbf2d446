// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Normalizes each token (Ba, Kiros and Hinton, <i>Layer Normalization</i>, 2016), as a decoder of
 * pre-norm blocks does before its {@link LanguageModelHead}.
 *
 * <p>Shapes: input and output [batch, tokens, nIn]; parameters {@code gamma} (from {@code
 * gainInit}, one unless set) and {@code beta} (from {@code biasInit}, zero unless set) [1, nIn].
 *
 * <p>With {@code rms(true)} tokens are divided by their root mean square only, and there is no
 * {@code beta} (Zhang and Sennrich, <i>Root Mean Square Layer Normalization</i>, NeurIPS 2019), as
 * in LLaMA.
 *
 * <p>Default: epsilon 1e-5, with mean and {@code beta}.
 */
public class TokenNorm extends TokenLayer {
  private static final double DEFAULT_EPSILON = 1e-5;

  private boolean rms;

  /** For JSON. */
  TokenNorm() {
    super(DEFAULT_EPSILON);
  }

  private TokenNorm(Builder builder) {
    super(builder);
    this.rms = builder.rms;
    complete(builder);
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
    parameters.put("gamma", gain(width));
    if (!rms) {
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
    return new TokenNormLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new NormComputation(new Normalization("", getEpsilon(), rms), describe());
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    SDVariable x = input.reshape(-1, nIn);
    SDVariable normal =
        rms
            ? tokens.normalize(x, nIn, variables.get("gamma"), getEpsilon())
            : tokens.normalize(x, nIn, variables.get("gamma"), variables.get("beta"), getEpsilon());
    return graph.reshape("tokens", normal, -1, input.getShape()[1], nIn);
  }

  /** Whether tokens are divided by their root mean square only. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public boolean isRms() {
    return rms;
  }

  /** For JSON. */
  public void setRms(boolean rms) {
    this.rms = rms;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenNorm that && equalTokens(that) && rms == that.rms;
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, getEpsilon());
  }

  /** Builds a {@link TokenNorm}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends TokenLayer.Builder<Builder> {
    private boolean rms;

    /** With epsilon 1e-5. */
    public Builder() {
      super(DEFAULT_EPSILON);
    }

    /** Whether tokens are divided by their root mean square only; false unless set. */
    public Builder rms(boolean rms) {
      this.rms = rms;
      return this;
    }

    @Override
    public TokenNorm build() {
      return new TokenNorm(this);
    }
  }
}
