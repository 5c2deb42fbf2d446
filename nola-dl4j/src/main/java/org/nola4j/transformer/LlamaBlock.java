// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
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
 * norm2.gamma} [1, nIn] (starting at one).
 *
 * <p>Memory between the passes of a training step, beside input and weights: {@code batch * tokens
 * * (2 nIn + 2 nIn keyValueHeads / heads + 2 mlpWidth)} numbers, one nIn more where {@code o} is
 * trained; nothing at inference.
 *
 * <p>Defaults: as many heads of keys and values as of queries, theta 10,000, pairs in halves,
 * epsilon 1e-5, {@code Nola.scratch(4, 16, 16)} for all weights. {@code mlpWidth} must be set.
 */
public class LlamaBlock extends ReparameterizedFeedForwardLayer {
  /** The names of the weights, in their order. */
  public static final List<String> WEIGHTS = List.of("q", "k", "v", "o", "gate", "up", "down");

  private static final Reparameterization DEFAULT = Nola.scratch(4, 16, 16);

  private int heads;
  private int keyValueHeads;
  private long mlpWidth;
  private double theta = 10_000;
  private RotaryPairs pairs = RotaryPairs.HALVES;
  private double epsilon = 1e-5;
  private boolean inputGradient = true;
  private Map<String, Reparameterization> reparameterizations = new TreeMap<>();

  /** For JSON. */
  LlamaBlock() {}

  private LlamaBlock(Builder builder) {
    super(builder);
    this.heads = builder.heads;
    this.keyValueHeads = builder.keyValueHeads == 0 ? builder.heads : builder.keyValueHeads;
    this.mlpWidth = builder.mlpWidth;
    this.theta = builder.theta;
    this.pairs = builder.pairs;
    this.epsilon = builder.epsilon;
    for (String weight : WEIGHTS) {
      reparameterizations.put(weight, builder.methods.getOrDefault(weight, builder.method));
    }
    if (heads < 1 || keyValueHeads < 1 || heads % keyValueHeads != 0 || mlpWidth < 1) {
      throw new IllegalArgumentException(
          "%s: heads must be a multiple of keyValueHeads, and mlpWidth positive, but they are %d, %d and %d"
              .formatted(describe(), heads, keyValueHeads, mlpWidth));
    }
    if (nIn > 0) {
      checkHeads();
    }
    Tokens.checkNoActivation(describe(), builder.getActivationFn());
    setNOut(builder.getNOut());
    initializeConstraints(builder);
  }

  private void checkHeads() {
    if (nIn % (2L * heads) != 0) {
      throw new IllegalArgumentException(
          "%s: nIn = %d must be a multiple of 2 heads = %d".formatted(describe(), nIn, 2L * heads));
    }
  }

  @Override
  public List<WeightSpec> weights() {
    int width = Tokens.checkedWidth(describe(), nIn);
    int narrow = width / heads * keyValueHeads;
    int inner = Math.toIntExact(mlpWidth);
    return List.of(
        spec("q", width, width),
        spec("k", width, narrow),
        spec("v", width, narrow),
        spec("o", width, width),
        spec("gate", width, inner),
        spec("up", width, inner),
        spec("down", inner, width));
  }

  private WeightSpec spec(String name, int inputs, int outputs) {
    return new WeightSpec(
        name, new WeightShape(inputs, outputs, inputs), reparameterizations.get(name));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    parameters.put("norm1.gamma", DirectParameter.ones(1, nIn));
    parameters.put("norm2.gamma", DirectParameter.ones(1, nIn));
    return parameters;
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    reparameterizations = new TreeMap<>(reparameterizations);
    reparameterizations.put(weight, method);
  }

  @Override
  public boolean takesCodes() {
    return true;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    checkHeads();
    return new LlamaBlockLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    Rotation rotation = new Rotation(Math.toIntExact(nIn / heads), theta, pairs);
    return new LlamaComputation(
        describe(),
        epsilon,
        new GroupedAttention(heads, keyValueHeads, rotation),
        new GatedMlp(mlpWidth),
        inputGradient);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long count = input.getShape()[1];
    SDVariable x = input.reshape(-1, nIn);
    SDVariable normal = tokens.normalize(x, nIn, variables.get("norm1.gamma"), epsilon);
    int headWidth = Math.toIntExact(nIn / heads);
    int length = Math.toIntExact(count);
    Rotation rotation = new Rotation(headWidth, theta, pairs);
    SDVariable queries = product("q", graph, normal, variables);
    SDVariable keys = product("k", graph, normal, variables);
    SDVariable values = product("v", graph, normal, variables);
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
    SDVariable middle = x.add(product("o", graph, mixed, variables));
    normal = tokens.normalize(middle, nIn, variables.get("norm2.gamma"), epsilon);
    SDVariable gate = product("gate", graph, normal, variables);
    SDVariable hidden =
        gate.mul(graph.nn().sigmoid(gate)).mul(product("up", graph, normal, variables));
    return graph.reshape(
        "tokens", middle.add(product("down", graph, hidden, variables)), -1, count, nIn);
  }

  private SDVariable product(
      String name, SameDiff graph, SDVariable x, Map<String, SDVariable> variables) {
    return graphWeight(name, graph, variables).multiply(x);
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
    checkHeads();
  }

  /** As many as inputs. */
  @Override
  public long getNOut() {
    return nIn;
  }

  /**
   * For JSON.
   *
   * @throws IllegalArgumentException if it does not the number of inputs
   */
  @Override
  public void setNOut(long nOut) {
    Tokens.checkOutputs(describe(), nIn, nOut);
  }

  /** Heads of queries. */
  public int getHeads() {
    return heads;
  }

  /** For JSON. */
  public void setHeads(int heads) {
    this.heads = heads;
  }

  /** Heads of keys and values. */
  public int getKeyValueHeads() {
    return keyValueHeads;
  }

  /** For JSON. */
  public void setKeyValueHeads(int keyValueHeads) {
    this.keyValueHeads = keyValueHeads;
  }

  /** Outputs of gate and up. */
  public long getMlpWidth() {
    return mlpWidth;
  }

  /** For JSON. */
  public void setMlpWidth(long mlpWidth) {
    this.mlpWidth = mlpWidth;
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

  /** Added to the mean square in both norms. */
  public double getEpsilon() {
    return epsilon;
  }

  /** For JSON. */
  public void setEpsilon(double epsilon) {
    this.epsilon = epsilon;
  }

  /** Whether the gradient of the input is computed. */
  public boolean isInputGradient() {
    return inputGradient;
  }

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

  @Override
  public boolean equals(Object other) {
    return other instanceof LlamaBlock that
        && equalsInCommon(that)
        && nIn == that.nIn
        && heads == that.heads
        && keyValueHeads == that.keyValueHeads
        && mlpWidth == that.mlpWidth
        && theta == that.theta
        && pairs == that.pairs
        && epsilon == that.epsilon
        && inputGradient == that.inputGradient
        && reparameterizations.equals(that.reparameterizations);
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, heads, keyValueHeads, mlpWidth, reparameterizations);
  }

  /** Builds a {@link LlamaBlock}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ReparameterizedLayer.Builder<Builder> {
    private int heads;
    private int keyValueHeads;
    private long mlpWidth;
    private double theta = 10_000;
    private RotaryPairs pairs = RotaryPairs.HALVES;
    private double epsilon = 1e-5;
    private Reparameterization method = DEFAULT;
    private final Map<String, Reparameterization> methods = new LinkedHashMap<>();

    /** Heads of queries; must be set, and twice their number must divide nIn. */
    public Builder heads(int heads) {
      this.heads = heads;
      return this;
    }

    /** Heads of keys and values, which must divide those of queries; as many unless set. */
    public Builder keyValueHeads(int keyValueHeads) {
      this.keyValueHeads = keyValueHeads;
      return this;
    }

    /** Outputs of gate and up; must be set. */
    public Builder mlpWidth(long mlpWidth) {
      this.mlpWidth = mlpWidth;
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

    /** Added to the mean square in both norms; 1e-5 unless set. */
    public Builder epsilon(double epsilon) {
      this.epsilon = epsilon;
      return this;
    }

    /** The method of all weights that have none of their own. */
    public Builder reparameterization(Reparameterization method) {
      this.method = method;
      return this;
    }

    /**
     * The method of one weight.
     *
     * @throws IllegalArgumentException if there is no weight of that name
     */
    public Builder reparameterization(String weight, Reparameterization method) {
      if (!WEIGHTS.contains(weight)) {
        throw new IllegalArgumentException(
            "a LlamaBlock has the weights %s, but no \"%s\"".formatted(WEIGHTS, weight));
      }
      methods.put(weight, method);
      return this;
    }

    @Override
    public LlamaBlock build() {
      return new LlamaBlock(this);
    }
  }
}
