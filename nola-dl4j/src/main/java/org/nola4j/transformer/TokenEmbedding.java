// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.Arrays;
import java.util.LinkedHashMap;
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
import org.nd4j.linalg.factory.Nd4j;
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
 * Embeds token ids, as BERT does (Devlin et al., <i>BERT: Pre-training of Deep Bidirectional
 * Transformers</i>, NAACL 2019): the sum of a row for the word, one for its place and one for the
 * first segment's type, then a layer normalization.
 *
 * <pre>
 * y[t] = norm(word[id[t]] + pos[t] + type[0])
 * </pre>
 *
 * <p>Or as a decoder does, such as GPT-2, without type and norm: {@code typeVocabulary(0)} and
 * {@code norm(false)}; {@code positions(false)} leaves {@code pos} out too, for LLaMA.
 *
 * <p>Shapes: input [batch, tokens], integers from 0 to nIn - 1 of any of ND4J's types, output
 * [batch, tokens, nOut]; a batch's texts are padded to the longest one with any valid id, and a
 * mask [batch, tokens] of ones and zeros, DL4J's features mask, tells the layers above which tokens
 * are real. The weight {@code word} is [nIn, nOut]; DL4J's parameters are its method's trained
 * vectors, {@code pos} [maxPositions, nOut] and {@code type} [typeVocabulary, nOut] (both from a
 * truncated normal distribution of standard deviation 0.02) and {@code norm.gamma} and {@code
 * norm.beta} [1, nOut] (from {@code gainInit} and {@code biasInit}, one and zero unless set). Texts
 * have one segment: of {@code type} only the first row is used.
 *
 * <p>It must be a network's first layer: there is no gradient of its input.
 *
 * <p>Defaults: 512 positions, 2 types, a norm, epsilon 1e-12, dense.
 */
public class TokenEmbedding extends ReparameterizedFeedForwardLayer {
  private static final double INITIAL_DEVIATION = 0.02;

  private int maxPositions = 512;
  private boolean positions = true;
  private int typeVocabulary = 2;
  private boolean norm = true;
  private double epsilon = 1e-12;
  private Reparameterization reparameterization = new Dense();

  /** For JSON. */
  TokenEmbedding() {}

  private TokenEmbedding(Builder builder) {
    super(builder);
    this.maxPositions = builder.maxPositions;
    this.positions = builder.positions;
    this.typeVocabulary = builder.typeVocabulary;
    this.norm = builder.norm;
    this.epsilon = builder.epsilon;
    this.reparameterization = builder.reparameterization;
    requireAtLeast(1, "nIn, the size of the vocabulary,", nIn);
    requireAtLeast(1, "nOut", nOut);
    requireAtLeast(1, "maxPositions", maxPositions);
    requireAtLeast(0, "typeVocabulary", typeVocabulary);
    if (!positions && typeVocabulary > 0) {
      throw new IllegalArgumentException(
          describe() + ": positions(false) needs typeVocabulary(0), but it is " + typeVocabulary);
    }
    Tokens.checkNoActivation(describe(), builder.getActivationFn());
    initializeConstraints(builder);
  }

  private void requireAtLeast(long least, String name, long value) {
    if (value < least) {
      throw new IllegalArgumentException(
          describe() + ": " + name + " must be at least " + least + ", but is " + value);
    }
  }

  @Override
  public List<WeightSpec> weights() {
    int words = Math.toIntExact(nIn);
    int width = Math.toIntExact(nOut);
    return List.of(
        new WeightSpec("word", new WeightShape(words, width, width), reparameterization));
  }

  @Override
  public Map<String, DirectParameter> directParameters() {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    if (positions) {
      parameters.put("pos", DirectParameter.truncatedNormal(INITIAL_DEVIATION, maxPositions, nOut));
    }
    if (typeVocabulary > 0) {
      parameters.put(
          "type", DirectParameter.truncatedNormal(INITIAL_DEVIATION, typeVocabulary, nOut));
    }
    if (norm) {
      parameters.put("norm.gamma", gain(nOut));
      parameters.put("norm.beta", bias(nOut));
    }
    return parameters;
  }

  @Override
  public void setMethod(String weight, Reparameterization method) {
    reparameterization = method;
  }

  @Override
  public int frozenBits(int bits, int wordBits) {
    return wordBits;
  }

  @Override
  public RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    return new TokenEmbeddingLayer(conf, type, directComputation(type));
  }

  @Override
  public DirectComputation directComputation(DataType type) {
    return new TokenLookup(norm ? new Normalization("norm.", epsilon) : null, describe());
  }

  /** Uses a product instead of a lookup: token ids become one-hot rows. */
  @Override
  public SDVariable defineLayer(
      SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
    TokenGraph tokens = new TokenGraph(graph, input.dataType());
    long count = input.getShape()[1];
    SDVariable ids = tokens.constant(Nd4j.arange((double) nIn).reshape(1, nIn));
    SDVariable distance = graph.math().abs(input.reshape(-1, 1).sub(ids));
    SDVariable words =
        graphWeight("word", graph, variables).multiply(graph.nn().relu(distance.rsub(1), 0));
    SDVariable end = words;
    if (positions) {
      SDVariable places = tokens.constant(Nd4j.eye(maxPositions).getRows(rows(count)));
      SDVariable added = places.mmul(variables.get("pos"));
      if (typeVocabulary > 0) {
        SDVariable first = tokens.constant(Nd4j.eye(typeVocabulary).getRows(rows(1)));
        added = added.add(first.mmul(variables.get("type")));
      }
      SDVariable sum = words.reshape(-1, count, nOut).add(added.reshape(1, count, nOut));
      end = sum.reshape(-1, nOut);
    }
    if (norm) {
      SDVariable gamma = variables.get("norm.gamma");
      end = tokens.normalize(end, nOut, gamma, variables.get("norm.beta"), epsilon);
    }
    return graph.reshape("tokens", end, -1, count, nOut);
  }

  private static int[] rows(long count) {
    int[] rows = new int[Math.toIntExact(count)];
    Arrays.setAll(rows, i -> i);
    return rows;
  }

  /** Not supported, since it would change token IDs: fails for anything but null. */
  @Override
  public void setIDropout(IDropout dropout) {
    refuseDropout(dropout, "it would change token IDs; put DL4J's DropoutLayer behind this layer");
  }

  @Override
  public void validateInput(INDArray input) {
    if (input.rank() != 2) {
      throw new IllegalArgumentException(
          describe()
              + ": expected token IDs, [batch, tokens], but got an array of shape "
              + Arrays.toString(input.shape()));
    }
    if (input.size(1) > maxPositions) {
      throw new IllegalArgumentException(
          describe()
              + ": expected at most "
              + maxPositions
              + " tokens, as many as there are positions, but got "
              + input.size(1)
              + ": cut longer texts off");
    }
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType inputType) {
    return Tokens.type(tokens(inputType), nOut);
  }

  private long tokens(InputType type) {
    if (type instanceof InputType.InputTypeFeedForward words && words.getSize() <= maxPositions) {
      return words.getSize();
    }
    throw new IllegalStateException(
        describe()
            + ": expected token IDs, InputType.feedForward(tokens) with at most "
            + maxPositions
            + " tokens, but the input type is "
            + type);
  }

  /** Nothing: the input type says how many tokens there are, not how many words. */
  @Override
  public void setNIn(InputType inputType, boolean override) {
    tokens(inputType);
  }

  /** Maximum tokens per text. */
  public int getMaxPositions() {
    return maxPositions;
  }

  /** Whether embeddings of places are added. */
  public boolean isPositions() {
    return positions;
  }

  /** For JSON. */
  public void setPositions(boolean positions) {
    this.positions = positions;
  }

  /** For JSON. */
  public void setMaxPositions(int maxPositions) {
    this.maxPositions = maxPositions;
  }

  /** Types of segments, of which the first is used; 0 for none. */
  public int getTypeVocabulary() {
    return typeVocabulary;
  }

  /** For JSON. */
  public void setTypeVocabulary(int typeVocabulary) {
    this.typeVocabulary = typeVocabulary;
  }

  /** Whether the sum is normalized. */
  public boolean isNorm() {
    return norm;
  }

  /** For JSON. */
  public void setNorm(boolean norm) {
    this.norm = norm;
  }

  /** Added to the variance. */
  public double getEpsilon() {
    return epsilon;
  }

  /** For JSON. */
  public void setEpsilon(double epsilon) {
    this.epsilon = epsilon;
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
    return other instanceof TokenEmbedding that
        && equalsInCommon(that)
        && nIn == that.nIn
        && nOut == that.nOut
        && maxPositions == that.maxPositions
        && positions == that.positions
        && typeVocabulary == that.typeVocabulary
        && norm == that.norm
        && epsilon == that.epsilon
        && reparameterization.equals(that.reparameterization);
  }

  @Override
  public int hashCode() {
    return Objects.hash(getSeed(), nIn, nOut, maxPositions, typeVocabulary, reparameterization);
  }

  /** Builds a {@link TokenEmbedding}; {@code nIn}, the size of the vocabulary, must be set. */
  @SuppressWarnings("unchecked") // DL4J declares build() for any type of layer
  public static class Builder extends ReparameterizedLayer.Builder<Builder> {
    private int maxPositions = 512;
    private boolean positions = true;
    private int typeVocabulary = 2;
    private boolean norm = true;
    private double epsilon = 1e-12;
    private Reparameterization reparameterization = new Dense();

    /**
     * Whether embeddings of places are added; true unless set. Without, blocks above must tell
     * places apart, as {@link LlamaBlock} does.
     */
    public Builder positions(boolean positions) {
      this.positions = positions;
      return this;
    }

    /** Maximum tokens per text; 512 unless set. */
    public Builder maxPositions(int maxPositions) {
      this.maxPositions = maxPositions;
      return this;
    }

    /** Types of segments, of which the first is used, or 0 for none; 2 unless set. */
    public Builder typeVocabulary(int typeVocabulary) {
      this.typeVocabulary = typeVocabulary;
      return this;
    }

    /** Whether the sum is normalized; true unless set. */
    public Builder norm(boolean norm) {
      this.norm = norm;
      return this;
    }

    /** Added to the variance; 1e-12 unless set, as in BERT. */
    public Builder epsilon(double epsilon) {
      this.epsilon = epsilon;
      return this;
    }

    /** The method of the weight; dense unless set. */
    public Builder reparameterization(Reparameterization reparameterization) {
      this.reparameterization = reparameterization;
      return this;
    }

    @Override
    public TokenEmbedding build() {
      return new TokenEmbedding(this);
    }
  }
}
