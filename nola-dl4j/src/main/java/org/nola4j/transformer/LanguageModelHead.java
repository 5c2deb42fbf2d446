// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.IDropout;
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
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A language model's output layer: logits of the next token, and their cross-entropy with label
 * smoothing.
 *
 * <pre>
 * z = word x,   loss = mean over labeled tokens of  (1 - e) (-log p[label]) + e mean(-log p),
 * p = softmax(z)
 * </pre>
 *
 * <p>Shapes: input [batch, tokens, nIn]; labels [batch, tokens] or [batch, 1, tokens], the whole
 * number from 0 to nOut - 1 of each token's next one, of any of ND4J's types, and DL4J's labels
 * mask of ones and zeros: where it is zero the label does not matter, so that padding and prompts
 * have no loss. Without a labels mask DL4J takes the features mask. Each labeled token has the same
 * weight, whatever sequence it is in. The network's output is logits [batch, tokens, nOut]. The
 * weight {@code word} is [nOut, nIn].
 *
 * <p>{@link Builder#tiedTo} with the name of the network's {@link TokenEmbedding} makes its matrix
 * this layer's too (Press and Wolf, <i>Using the Output Embedding to Improve Language Models</i>,
 * EACL 2017): there is one copy, a parameter of the embedding, whose gradient is the sum of both
 * layers' shares. Both must be dense. In a wrapped network both are frozen, still with one copy.
 *
 * <p>Cost: tokens with a label only; 2 nIn nOut multiplications a token for loss and gradient, nIn
 * nOut more if the weight is trained. No array [tokens, nOut] is formed in training or scoring:
 * loss and gradient take one pass over groups of tokens whose logits take at most 32 MiB in float32
 * (or one token's).
 *
 * <p>It must be a network's output. Defaults: no smoothing, dense, its own weight.
 */
public class LanguageModelHead extends ReparameterizedFeedForwardLayer {
  private double labelSmoothing;
  private Reparameterization reparameterization = new Dense();

  /** For JSON. */
  LanguageModelHead() {}

  private LanguageModelHead(Builder builder) {
    super(builder);
    this.labelSmoothing = builder.labelSmoothing;
    this.reparameterization = builder.reparameterization;
    if (nOut < 1) {
      throw new IllegalArgumentException(
          describe() + ": nOut, the size of the vocabulary, must be at least 1, but is " + nOut);
    }
    Tokens.checkNoActivation(describe(), builder.getActivationFn());
    initializeConstraints(builder);
  }

  @Override
  public List<WeightSpec> weights() {
    int width = Tokens.checkedWidth(describe(), nIn);
    int words = Math.toIntExact(nOut);
    return List.of(
        new WeightSpec("word", new WeightShape(words, width, width), reparameterization));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    return Map.of();
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    reparameterization = method;
  }

  @Override
  public boolean hasTiedWeights() {
    return getTiedTo() != null && reparameterization instanceof Dense;
  }

  @Override
  public int frozenBits(int bits, int wordBits) {
    return wordBits;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    HeadComputation head = new HeadComputation(labelSmoothing, describe());
    return new LanguageModelHeadLayer(conf, type, head, head, describe());
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new HeadComputation(labelSmoothing, describe());
  }

  /** The logits. */
  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    SDVariable words = graphWeight("word", graph, variables).matrix();
    SDVariable logits = graph.mmul(input.reshape(-1, nIn), words, false, true, false);
    return graph.reshape("logits", logits, -1, input.getShape()[1], nOut);
  }

  @Override
  public void validateInput(INDArray input) {
    Tokens.check(describe(), input, nIn);
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    Tokens.width(describe(), inputType);
    long tokens = ((InputType.InputTypeRecurrent) inputType).getTimeSeriesLength();
    return Tokens.type(tokens, nOut);
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    nIn = Tokens.width(describe(), inputType, nIn, override);
  }

  /** Not supported: fails for anything but null. */
  @Override
  public void setIDropout(IDropout dropout) {
    refuseDropout(dropout, "set it on other layers, or put DL4J's DropoutLayer before this one");
  }

  /** The share e of all words in the target of each token. */
  public double getLabelSmoothing() {
    return labelSmoothing;
  }

  /** For JSON. */
  public void setLabelSmoothing(double labelSmoothing) {
    this.labelSmoothing = labelSmoothing;
  }

  /** The method of the weight. */
  public Reparameterization getReparameterization() {
    return reparameterization;
  }

  /** For JSON. */
  public void setReparameterization(Reparameterization reparameterization) {
    this.reparameterization = reparameterization;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LanguageModelHead that
        && equalsInCommon(that)
        && nIn == that.nIn
        && nOut == that.nOut
        && labelSmoothing == that.labelSmoothing
        && reparameterization.equals(that.reparameterization);
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, nOut, labelSmoothing, reparameterization);
  }

  /** Builds a {@link LanguageModelHead}; {@code nOut}, the size of the vocabulary, must be set. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ReparameterizedLayer.Builder<Builder> {
    private double labelSmoothing;
    private Reparameterization reparameterization = new Dense();

    /**
     * The share of all words in the target of each token; 0 unless set.
     *
     * @throws IllegalArgumentException unless it is at least 0 and less than 1
     */
    public Builder labelSmoothing(double labelSmoothing) {
      if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
        throw new IllegalArgumentException(
            "labelSmoothing must be at least 0 and less than 1, but is " + labelSmoothing);
      }
      this.labelSmoothing = labelSmoothing;
      return this;
    }

    /** The method of the weight; dense unless set. */
    public Builder reparameterization(Reparameterization reparameterization) {
      this.reparameterization = reparameterization;
      return this;
    }

    @Override
    public LanguageModelHead build() {
      return new LanguageModelHead(this);
    }
  }
}
