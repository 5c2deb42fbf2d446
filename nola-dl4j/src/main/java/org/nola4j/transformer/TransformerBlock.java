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

/**
 * A transformer block: attention in several heads, then two fully connected layers, each with a
 * residual connection and a layer normalization.
 *
 * <pre>
 * {@link NormPosition#PRE}:  s = x + attention(norm1(x)),   y = s + mlp(norm2(s))
 * {@link NormPosition#POST}: s = norm1(x + attention(x)),   y = norm2(s + mlp(s))
 * attention(x) = softmax(Q K' / sqrt(nIn / heads)) V proj + proj.b,   Q = x q + q.b, ...
 * mlp(x) = f(x fc1 + fc1.b) fc2 + fc2.b
 * </pre>
 *
 * <p>Shapes: input and output tokens [batch, tokens, nIn]; the weights {@code q}, {@code k}, {@code
 * v} and {@code proj} [nIn, nIn], {@code fc1} [nIn, mlpWidth], {@code fc2} [mlpWidth, nIn], each
 * with its own method; DL4J's parameters are the methods' trained vectors ({@code fc1.alpha}), then
 * {@code q.b}, {@code k.b}, {@code v.b}, {@code proj.b}, {@code fc1.b}, {@code fc2.b} and {@code
 * norm1.gamma}, {@code norm1.beta}, {@code norm2.gamma}, {@code norm2.beta}, all rows [1, n]. Those
 * called gamma start at DL4J's {@code gainInit}, one unless set, the others at its {@code
 * biasInit}, zero unless set.
 *
 * <p>With {@code causal(true)}, the form of decoders such as GPT-2, a token attends to itself and
 * to those before it only. It costs as much as attention to all tokens.
 *
 * <p>Memory between the passes of a training step, beside input and weights: {@code batch * tokens
 * * (4 nIn + mlpWidth)} numbers, one nIn more for {@code POST} and one more where {@code proj} is
 * trained; nothing at inference. A trained pass costs the products' multiplications, about {@code
 * batch * tokens * (4 nIn^2 + 2 nIn mlpWidth + 2 tokens nIn)} forward, and twice that backward if
 * all weights are trained at full rank, or the same if few numbers are trained.
 *
 * <p>With a features mask, padding counts for attention only: {@code 3 nIn} numbers a token and
 * products of {@code 2 tokens nIn}. Its outputs are zeros.
 *
 * <p>Defaults: pre-norm, attention to all tokens, mlpWidth 4 nIn, exact GELU, epsilon 1e-6, biases
 * for q, k and v, {@code Nola.scratch(4, 16, 16)} for all weights.
 */
public class TransformerBlock extends ResidualBlock {
  /** The names of the weights, in their order. */
  public static final List<String> WEIGHTS = List.of("q", "k", "v", "proj", "fc1", "fc2");

  private static final double DEFAULT_EPSILON = 1e-6;

  private NormPosition normPosition = NormPosition.PRE;
  private MlpActivation activation = MlpActivation.GELU;
  private boolean qkvBias = true;
  private boolean causal;
  private Insertion insertion;

  /** For JSON. */
  TransformerBlock() {
    super(DEFAULT_EPSILON);
  }

  private TransformerBlock(Builder builder) {
    super(builder);
    this.normPosition = builder.normPosition;
    this.activation = builder.activation;
    this.qkvBias = builder.qkvBias;
    this.causal = builder.causal;
    if (getHeads() < 1) {
      throw new IllegalArgumentException(
          describe() + ": heads must be at least 1, but is " + getHeads());
    }
    completeBlock(builder);
  }

  @Override
  final void checkHeads() {
    if (nIn % getHeads() != 0) {
      throw new IllegalArgumentException(
          describe() + ": nIn = " + nIn + " must be a multiple of heads = " + getHeads());
    }
  }

  /** The inner width, set or default. */
  long mlpWidth() {
    return getMlpWidth() > 0 ? getMlpWidth() : 4 * nIn;
  }

  @Override
  public List<WeightSpec> weights() {
    int width = Tokens.checkedWidth(describe(), nIn);
    int inner = Math.toIntExact(mlpWidth());
    return List.of(
        spec("q", width, width),
        spec("k", width, width),
        spec("v", width, width),
        spec("proj", width, width),
        spec("fc1", width, inner),
        spec("fc2", inner, width));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    if (qkvBias) {
      parameters.put("q.b", bias(nIn));
      parameters.put("k.b", bias(nIn));
      parameters.put("v.b", bias(nIn));
    }
    parameters.put("proj.b", bias(nIn));
    parameters.put("fc1.b", bias(mlpWidth()));
    parameters.put("fc2.b", bias(nIn));
    parameters.put("norm1.gamma", gain(nIn));
    parameters.put("norm1.beta", bias(nIn));
    parameters.put("norm2.gamma", gain(nIn));
    parameters.put("norm2.beta", bias(nIn));
    if (insertion != null) {
      parameters.putAll(insertion.parameters(nIn));
    }
    return parameters;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    checkHeads();
    return new TransformerBlockLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new BlockComputation(
        describe(),
        normPosition,
        new Normalization("norm1.", getEpsilon()),
        new AttentionSublayer(getHeads(), causal, insertion),
        new Normalization("norm2.", getEpsilon()),
        mlp(),
        isInputGradient());
  }

  /** The second half, with its state for one runtime layer. */
  Mlp mlp() {
    Mlp mlp = new MlpSublayer(activation, mlpWidth());
    Bottleneck adapter = insertion == null ? null : insertion.afterMlp(getEpsilon());
    return adapter == null
        ? mlp
        : new MlpWithAdapter(mlp, adapter, insertion.kind() == Insertion.Kind.LIN);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long count = input.getShape()[1];
    SDVariable x = input.reshape(-1, nIn);
    SDVariable end;
    if (normPosition == NormPosition.PRE) {
      end = definePre(tokens, graph, x, count, variables);
    } else {
      SDVariable sum = x.add(attention(tokens, graph, x, count, variables));
      SDVariable middle = normalize(tokens, sum, "norm1", variables);
      sum = middle.add(mlp(tokens, graph, middle, variables));
      end = normalize(tokens, sum, "norm2", variables);
    }
    return graph.reshape("tokens", end, -1, count, nIn);
  }

  private SDVariable definePre(
      TokenGraph tokens,
      SameDiff graph,
      SDVariable x,
      long count,
      Map<String, SDVariable> variables) {
    Bottleneck first = insertion == null ? null : insertion.afterAttention();
    Bottleneck second = insertion == null ? null : insertion.afterMlp(getEpsilon());
    boolean ofSum = insertion != null && insertion.kind() == Insertion.Kind.LIN;
    SDVariable normal = normalize(tokens, x, "norm1", variables);
    SDVariable mixed = attention(tokens, graph, normal, count, variables);
    SDVariable middle = x.add(adapt(first, tokens, mixed, variables));
    normal = normalize(tokens, middle, "norm2", variables);
    SDVariable out = mlp(tokens, graph, normal, variables);
    return ofSum
        ? adapt(second, tokens, middle.add(out), variables)
        : middle.add(adapt(second, tokens, out, variables));
  }

  private SDVariable adapt(
      Bottleneck adapter, TokenGraph tokens, SDVariable x, Map<String, SDVariable> variables) {
    return adapter == null ? x : adapter.define(tokens, x, nIn, getEpsilon(), variables);
  }

  private SDVariable normalize(
      TokenGraph tokens, SDVariable x, String norm, Map<String, SDVariable> variables) {
    return tokens.normalize(
        x, nIn, variables.get(norm + ".gamma"), variables.get(norm + ".beta"), getEpsilon());
  }

  private SDVariable attention(
      TokenGraph tokens,
      SameDiff graph,
      SDVariable x,
      long count,
      Map<String, SDVariable> variables) {
    SDVariable q = linear("q", graph, x, variables);
    SDVariable k = linear("k", graph, x, variables);
    SDVariable v = linear("v", graph, x, variables);
    Prefix prefix = insertion == null ? null : insertion.prefix();
    long before = 0;
    if (prefix != null) {
      before = prefix.size();
      q = tokens.before(q, count, before, nIn, null);
      k = tokens.before(k, count, before, nIn, variables.get(Prefix.KEYS));
      v = tokens.before(v, count, before, nIn, variables.get(Prefix.VALUES));
    }
    SDVariable mixed = tokens.attend(q, k, v, before + count, getHeads(), nIn / getHeads(), causal);
    if (prefix != null) {
      mixed = tokens.without(mixed, count, before, nIn);
    }
    return linear("proj", graph, mixed, variables);
  }

  private SDVariable mlp(
      TokenGraph tokens, SameDiff graph, SDVariable x, Map<String, SDVariable> variables) {
    SDVariable hidden = tokens.activate(linear("fc1", graph, x, variables), activation);
    return linear("fc2", graph, hidden, variables);
  }

  /** Where it normalizes. */
  public NormPosition getNormPosition() {
    return normPosition;
  }

  /** For JSON. */
  public void setNormPosition(NormPosition normPosition) {
    this.normPosition = normPosition;
  }

  /** The activation function between fc1 and fc2. */
  public MlpActivation getActivation() {
    return activation;
  }

  /** For JSON. */
  public void setActivation(MlpActivation activation) {
    this.activation = activation;
  }

  /** Whether q, k and v have biases. */
  public boolean isQkvBias() {
    return qkvBias;
  }

  /** For JSON. */
  public void setQkvBias(boolean qkvBias) {
    this.qkvBias = qkvBias;
  }

  /** Whether a token attends to itself and to those before it only. */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public boolean isCausal() {
    return causal;
  }

  /** For JSON. */
  public void setCausal(boolean causal) {
    this.causal = causal;
  }

  /** What it has beside its weights, trained directly; null for nothing. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public Insertion getInsertion() {
    return insertion;
  }

  /**
   * For JSON, and for layers of wrapped networks.
   *
   * @throws IllegalArgumentException if the block has one already, or normalizes after its halves
   */
  public void setInsertion(Insertion insertion) {
    if (insertion != null && (this.insertion != null || normPosition != NormPosition.PRE)) {
      throw new IllegalArgumentException(
          this.insertion == null
              ? describe() + ": insertions are for blocks with normPosition PRE"
              : "%s has an insertion, %s, and cannot have another"
                  .formatted(describe(), this.insertion));
    }
    this.insertion = insertion;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TransformerBlock that
        && equalBlocks(that)
        && normPosition == that.normPosition
        && activation == that.activation
        && qkvBias == that.qkvBias
        && causal == that.causal
        && Objects.equals(insertion, that.insertion);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        getSeed(), nIn, getHeads(), getMlpWidth(), normPosition, getReparameterizations());
  }

  /** Builds a {@link TransformerBlock}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ResidualBlock.Builder<Builder> {
    private NormPosition normPosition = NormPosition.PRE;
    private MlpActivation activation = MlpActivation.GELU;
    private boolean qkvBias = true;
    private boolean causal;

    /** With pre-norm, exact GELU, biases for q, k and v, and attention to all tokens. */
    public Builder() {
      super(DEFAULT_EPSILON, WEIGHTS);
    }

    /** Where it normalizes; {@link NormPosition#PRE} unless set. */
    public Builder normPosition(NormPosition normPosition) {
      this.normPosition = normPosition;
      return this;
    }

    /** The activation function between fc1 and fc2; {@link MlpActivation#GELU} unless set. */
    public Builder activation(MlpActivation activation) {
      this.activation = activation;
      return this;
    }

    /** Whether q, k and v have biases; true unless set. */
    public Builder qkvBias(boolean qkvBias) {
      this.qkvBias = qkvBias;
      return this;
    }

    /** Whether a token attends to itself and to those before it only; false unless set. */
    public Builder causal(boolean causal) {
      this.causal = causal;
      return this;
    }

    @Override
    public TransformerBlock build() {
      return new TransformerBlock(this);
    }
  }
}
