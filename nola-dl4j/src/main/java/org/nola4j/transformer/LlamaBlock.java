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
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.RuntimeLayer;
import org.nola4j.internal.weights.WeightSpec;

/**
 * A block of LLaMA (Touvron et al., <i>Llama 2</i>, 2023): causal attention with rotary positions
 * and shared heads of keys and values, then a gated MLP, each after a root-mean-square norm and
 * with a residual connection; no biases.
 *
 * <pre>
 * s = x + attention(norm1(x)),   y = s + mlp(norm2(s))
 * attention(x) = softmax(R(x q) R(x k)' / sqrt(nIn / heads)) (x v) o
 * mlp(x) = (silu(x gate) * (x up)) down,   norm(x) = gamma x / sqrt(mean(x^2) + epsilon)
 * </pre>
 *
 * <p>R turns the numbers of a token by angles that grow with its place, in {@linkplain RotaryPairs
 * pairs}. The first {@code heads / keyValueHeads} heads of queries share the first head of keys and
 * values, and so on.
 *
 * <p>Shapes: input and output tokens [batch, tokens, nIn]; the weights {@code q} and {@code o}
 * [nIn, nIn], {@code k} and {@code v} [nIn, nIn keyValueHeads / heads], {@code gate} and {@code up}
 * [nIn, mlpWidth], {@code down} [mlpWidth, nIn], each with its own method; DL4J's parameters are
 * the methods' trained vectors ({@code gate.alpha}), then {@code norm1.gamma} and {@code
 * norm2.gamma} [1, nIn] (starting at {@code gainInit}, one unless set).
 *
 * <p>Memory between the passes of a training step, beside input and weights: {@code batch * tokens
 * * (2 nIn + 2 nIn keyValueHeads / heads + 2 mlpWidth)} numbers, one nIn more where {@code o} is
 * trained; nothing at inference. With a features mask, padding counts for queries, keys and values
 * only, and its outputs are zeros.
 *
 * <p>Defaults: as many heads of keys and values as of queries, theta 10,000, pairs in halves,
 * epsilon 1e-5, {@code Nola.scratch(4, 16, 16)} for all weights. {@code mlpWidth} must be set.
 */
public class LlamaBlock extends ResidualBlock {
  /** The names of the weights, in their order. */
  public static final List<String> WEIGHTS = List.of("q", "k", "v", "o", "gate", "up", "down");

  private static final double DEFAULT_EPSILON = 1e-5;

  private int keyValueHeads;
  private double theta = 10_000;
  private RotaryPairs pairs = RotaryPairs.HALVES;

  /** For JSON. */
  LlamaBlock() {
    super(DEFAULT_EPSILON);
  }

  private LlamaBlock(Builder builder) {
    super(builder);
    int heads = getHeads();
    this.keyValueHeads = builder.keyValueHeads == 0 ? heads : builder.keyValueHeads;
    this.theta = builder.theta;
    this.pairs = builder.pairs;
    if (heads < 1 || keyValueHeads < 1 || heads % keyValueHeads != 0 || getMlpWidth() < 1) {
      throw new IllegalArgumentException(
          "%s: heads must be a multiple of keyValueHeads, and mlpWidth positive, but they are %d, %d and %d"
              .formatted(describe(), heads, keyValueHeads, getMlpWidth()));
    }
    completeBlock(builder);
  }

  @Override
  final void checkHeads() {
    int heads = getHeads();
    if (nIn % (2L * heads) != 0) {
      throw new IllegalArgumentException(
          "%s: nIn = %d must be a multiple of 2 heads = %d".formatted(describe(), nIn, 2L * heads));
    }
  }

  @Override
  public List<WeightSpec> weights() {
    int width = Tokens.checkedWidth(describe(), nIn);
    int narrow = width / getHeads() * keyValueHeads;
    int inner = Math.toIntExact(getMlpWidth());
    return List.of(
        spec("q", width, width),
        spec("k", width, narrow),
        spec("v", width, narrow),
        spec("o", width, width),
        spec("gate", width, inner),
        spec("up", width, inner),
        spec("down", inner, width));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    parameters.put("norm1.gamma", gain(nIn));
    parameters.put("norm2.gamma", gain(nIn));
    return parameters;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    checkHeads();
    return new LlamaBlockLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    int heads = getHeads();
    return new BlockComputation(
        describe(),
        NormPosition.PRE,
        new Normalization("norm1.", getEpsilon(), true),
        new AttentionSublayer(heads, keyValueHeads, true, rotation(), null),
        new Normalization("norm2.", getEpsilon(), true),
        new GatedMlp(getMlpWidth()),
        isInputGradient());
  }

  /** Of queries and keys. */
  Rotation rotation() {
    return new Rotation(Math.toIntExact(nIn / getHeads()), theta, pairs);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long count = input.getShape()[1];
    SDVariable x = input.reshape(-1, nIn);
    SDVariable normal = tokens.normalize(x, nIn, variables.get("norm1.gamma"), getEpsilon());
    int heads = getHeads();
    int headWidth = Math.toIntExact(nIn / heads);
    int length = Math.toIntExact(count);
    Rotation rotation = rotation();
    SDVariable queries = linear("q", graph, normal, variables);
    SDVariable keys = linear("k", graph, normal, variables);
    SDVariable values = linear("v", graph, normal, variables);
    keys = tokens.turn(keys, rotation, keyValueHeads, headWidth, length);
    SDVariable mixed =
        tokens.attend(
            tokens.turn(queries, rotation, heads, headWidth, length),
            tokens.share(keys, keyValueHeads, heads, headWidth),
            tokens.share(values, keyValueHeads, heads, headWidth),
            count,
            heads,
            headWidth,
            true);
    SDVariable middle = x.add(linear("o", graph, mixed, variables));
    normal = tokens.normalize(middle, nIn, variables.get("norm2.gamma"), getEpsilon());
    SDVariable gate = linear("gate", graph, normal, variables);
    SDVariable hidden =
        gate.mul(graph.nn().sigmoid(gate)).mul(linear("up", graph, normal, variables));
    return graph.reshape(
        "tokens", middle.add(linear("down", graph, hidden, variables)), -1, count, nIn);
  }

  /** Heads of keys and values. */
  public int getKeyValueHeads() {
    return keyValueHeads;
  }

  /** For JSON. */
  public void setKeyValueHeads(int keyValueHeads) {
    this.keyValueHeads = keyValueHeads;
  }

  /** The base of the rotary angles. */
  public double getTheta() {
    return theta;
  }

  /** For JSON. */
  public void setTheta(double theta) {
    this.theta = theta;
  }

  /** The numbers that are turned together. */
  public RotaryPairs getPairs() {
    return pairs;
  }

  /** For JSON. */
  public void setPairs(RotaryPairs pairs) {
    this.pairs = pairs;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LlamaBlock that
        && equalBlocks(that)
        && keyValueHeads == that.keyValueHeads
        && theta == that.theta
        && pairs == that.pairs;
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        getSeed(), nIn, getHeads(), keyValueHeads, getMlpWidth(), getReparameterizations());
  }

  /** Builds a {@link LlamaBlock}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ResidualBlock.Builder<Builder> {
    private int keyValueHeads;
    private double theta = 10_000;
    private RotaryPairs pairs = RotaryPairs.HALVES;

    /** With theta 10,000 and pairs in halves. */
    public Builder() {
      super(DEFAULT_EPSILON, WEIGHTS);
    }

    /** Heads of keys and values, which must divide those of queries; as many unless set. */
    public Builder keyValueHeads(int keyValueHeads) {
      this.keyValueHeads = keyValueHeads;
      return this;
    }

    /** The base of the rotary angles; 10,000 unless set. */
    public Builder theta(double theta) {
      this.theta = theta;
      return this;
    }

    /** The numbers that are turned together; those of the halves unless set. */
    public Builder pairs(RotaryPairs pairs) {
      this.pairs = pairs;
      return this;
    }

    @Override
    public LlamaBlock build() {
      return new LlamaBlock(this);
    }
  }
}
