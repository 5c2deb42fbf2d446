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
import org.nd4j.shade.jackson.annotation.JsonInclude;
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
 * {@code q.b}, {@code k.b}, {@code v.b}, {@code proj.b}, {@code fc1.b}, {@code fc2.b} (starting at
 * zero) and {@code norm1.gamma}, {@code norm1.beta}, {@code norm2.gamma}, {@code norm2.beta}
 * (starting at one and zero), all rows [1, n].
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
 * <p>Defaults: pre-norm, attention to all tokens, mlpWidth 4 nIn, exact GELU, epsilon 1e-6, biases
 * for q, k and v, {@code Nola.scratch(4, 16, 16)} for all weights.
 */
public class TransformerBlock extends ReparameterizedFeedForwardLayer {
  /** The names of the weights, in their order. */
  public static final List<String> WEIGHTS = List.of("q", "k", "v", "proj", "fc1", "fc2");

  private static final Reparameterization DEFAULT = Nola.scratch(4, 16, 16);

  private int heads;
  private long mlpWidth;
  private NormPosition normPosition = NormPosition.PRE;
  private MlpActivation activation = MlpActivation.GELU;
  private double epsilon = 1e-6;
  private boolean qkvBias = true;
  private boolean causal;
  private boolean inputGradient = true;
  private Map<String, Reparameterization> reparameterizations = new TreeMap<>();

  /** For JSON. */
  TransformerBlock() {}

  private TransformerBlock(Builder builder) {
    super(builder);
    this.heads = builder.heads;
    this.mlpWidth = builder.mlpWidth;
    this.normPosition = builder.normPosition;
    this.activation = builder.activation;
    this.epsilon = builder.epsilon;
    this.qkvBias = builder.qkvBias;
    this.causal = builder.causal;
    this.inputGradient = builder.inputGradient;
    for (String weight : WEIGHTS) {
      reparameterizations.put(weight, builder.methods.getOrDefault(weight, builder.method));
    }
    if (heads < 1) {
      throw new IllegalArgumentException(
          describe() + ": heads must be at least 1, but is " + heads);
    }
    if (nIn > 0) {
      checkHeads();
    }
    Tokens.checkNoActivation(describe(), builder.getActivationFn());
    setNOut(builder.getNOut());
    initializeConstraints(builder);
  }

  private void checkHeads() {
    if (nIn % heads != 0) {
      throw new IllegalArgumentException(
          describe() + ": nIn = " + nIn + " must be a multiple of heads = " + heads);
    }
  }

  /** The inner width, set or default. */
  long mlpWidth() {
    return mlpWidth > 0 ? mlpWidth : 4 * nIn;
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

  private WeightSpec spec(String name, int inputs, int outputs) {
    return new WeightSpec(
        name, new WeightShape(inputs, outputs, inputs), reparameterizations.get(name));
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
    parameters.put("norm1.gamma", DirectParameter.ones(1, nIn));
    parameters.put("norm1.beta", DirectParameter.zeros(1, nIn));
    parameters.put("norm2.gamma", DirectParameter.ones(1, nIn));
    parameters.put("norm2.beta", DirectParameter.zeros(1, nIn));
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
    return new TransformerBlockLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new BlockComputation(
        describe(),
        normPosition,
        epsilon,
        new AttentionSublayer(heads, causal),
        new MlpSublayer(activation, mlpWidth()),
        inputGradient);
  }

  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long count = input.getShape()[1];
    SDVariable x = input.reshape(-1, nIn);
    SDVariable end;
    if (normPosition == NormPosition.PRE) {
      SDVariable normal = normalize(tokens, x, "norm1", variables);
      SDVariable middle = x.add(attention(tokens, graph, normal, count, variables));
      normal = normalize(tokens, middle, "norm2", variables);
      end = middle.add(mlp(tokens, graph, normal, variables));
    } else {
      SDVariable sum = x.add(attention(tokens, graph, x, count, variables));
      SDVariable middle = normalize(tokens, sum, "norm1", variables);
      sum = middle.add(mlp(tokens, graph, middle, variables));
      end = normalize(tokens, sum, "norm2", variables);
    }
    return graph.reshape("tokens", end, -1, count, nIn);
  }

  private SDVariable normalize(
      TokenGraph tokens, SDVariable x, String norm, Map<String, SDVariable> variables) {
    return tokens.normalize(
        x, nIn, variables.get(norm + ".gamma"), variables.get(norm + ".beta"), epsilon);
  }

  private SDVariable attention(
      TokenGraph tokens,
      SameDiff graph,
      SDVariable x,
      long count,
      Map<String, SDVariable> variables) {
    SDVariable mixed =
        tokens.attend(
            linear("q", graph, x, variables),
            linear("k", graph, x, variables),
            linear("v", graph, x, variables),
            count,
            heads,
            nIn / heads,
            causal);
    return linear("proj", graph, mixed, variables);
  }

  private SDVariable mlp(
      TokenGraph tokens, SameDiff graph, SDVariable x, Map<String, SDVariable> variables) {
    SDVariable hidden = tokens.activate(linear("fc1", graph, x, variables), activation);
    return linear("fc2", graph, hidden, variables);
  }

  private SDVariable linear(
      String name, SameDiff graph, SDVariable x, Map<String, SDVariable> variables) {
    SDVariable product = graphWeight(name, graph, variables).multiply(x);
    SDVariable bias = variables.get(name + ".b");
    return bias == null ? product : product.add(bias);
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

  /** Attention heads. */
  public int getHeads() {
    return heads;
  }

  /** For JSON. */
  public void setHeads(int heads) {
    this.heads = heads;
  }

  /** Outputs of fc1, or 0 for 4 nIn. */
  public long getMlpWidth() {
    return mlpWidth;
  }

  /** For JSON. */
  public void setMlpWidth(long mlpWidth) {
    this.mlpWidth = mlpWidth;
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

  /** Added to the variance in both norms. */
  public double getEpsilon() {
    return epsilon;
  }

  /** For JSON. */
  public void setEpsilon(double epsilon) {
    this.epsilon = epsilon;
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

  @Override
  public boolean equals(Object other) {
    return other instanceof TransformerBlock that
        && equalsInCommon(that)
        && nIn == that.nIn
        && heads == that.heads
        && mlpWidth == that.mlpWidth
        && normPosition == that.normPosition
        && activation == that.activation
        && epsilon == that.epsilon
        && qkvBias == that.qkvBias
        && causal == that.causal
        && inputGradient == that.inputGradient
        && reparameterizations.equals(that.reparameterizations);
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, heads, mlpWidth, normPosition, reparameterizations);
  }

  /** Builds a {@link TransformerBlock}. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ReparameterizedLayer.Builder<Builder> {
    private int heads;
    private long mlpWidth;
    private NormPosition normPosition = NormPosition.PRE;
    private MlpActivation activation = MlpActivation.GELU;
    private double epsilon = 1e-6;
    private boolean qkvBias = true;
    private boolean causal;
    private boolean inputGradient = true;
    private Reparameterization method = DEFAULT;
    private final Map<String, Reparameterization> methods = new LinkedHashMap<>();

    /** Attention heads; required. */
    public Builder heads(int heads) {
      this.heads = heads;
      return this;
    }

    /** Outputs of fc1; 4 nIn unless set. */
    public Builder mlpWidth(long mlpWidth) {
      this.mlpWidth = mlpWidth;
      return this;
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

    /** Added to the variance in both norms; 1e-6 unless set, as in timm. */
    public Builder epsilon(double epsilon) {
      this.epsilon = epsilon;
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

    /** The method of all weights without one of their own. */
    public Builder reparameterization(Reparameterization method) {
      this.method = method;
      return this;
    }

    /**
     * The method of one weight.
     *
     * @param weight one of {@link TransformerBlock#WEIGHTS}
     */
    public Builder reparameterization(String weight, Reparameterization method) {
      if (!WEIGHTS.contains(weight)) {
        throw new IllegalArgumentException(
            "a transformer block has the weights "
                + WEIGHTS
                + ", but none called \""
                + weight
                + "\"");
      }
      methods.put(weight, method);
      return this;
    }

    /**
     * Whether the gradient of the input is computed; true unless set. A first block over frozen
     * layers does not need it.
     */
    public Builder inputGradient(boolean inputGradient) {
      this.inputGradient = inputGradient;
      return this;
    }

    @Override
    public TransformerBlock build() {
      return new TransformerBlock(this);
    }
  }
}
