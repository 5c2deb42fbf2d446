// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.nola4j.reparameterization.Dense;
import org.nola4j.transformer.LanguageModelHead;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.TokenEmbedding;
import org.nola4j.transformer.TokenNorm;
import org.nola4j.transformer.TransformerBlock;

/**
 * GPT-2 (Radford et al., <i>Language Models are Unsupervised Multitask Learners</i>, 2019):
 * embeddings of tokens and places, causal pre-norm blocks with GELU's tanh form, a last norm, and a
 * head that has the embedding's matrix.
 *
 * <p>Input [batch, tokens], token IDs; a batch of texts of different lengths is padded at the ends,
 * with DL4J's features mask [batch, tokens], and then gives each text what it would get alone.
 * Output: logits of each next token [batch, tokens, vocabulary]. Labels: the IDs of the next
 * tokens, [batch, tokens], with a labels mask of the tokens that have a loss; see {@link
 * LanguageModelHead}.
 *
 * <p>Layers are called {@value #EMBEDDING}, {@code block0}, {@code block1}, ..., {@value #NORM} and
 * {@value #HEAD}. A {@link ReparameterizationPlan} refers to these names, and to {@code block3.fc1}
 * for one weight of a {@link TransformerBlock}; the embedding, whose weight is the head's too, must
 * be dense. Weights that are not in a plan are dense.
 *
 * <p>Parameters with OpenAI's 50,257 tokens and 1,024 positions:
 *
 * <table>
 *   <caption>presets</caption>
 *   <tr><th></th><th>width</th><th>blocks</th><th>heads</th><th>parameters</th></tr>
 *   <tr><td>{@link #small}</td><td>768</td><td>12</td><td>12</td><td>124,439,808</td></tr>
 *   <tr><td>{@link #medium}</td><td>1,024</td><td>24</td><td>16</td><td>354,823,168</td></tr>
 *   <tr><td>{@link #large}</td><td>1,280</td><td>36</td><td>20</td><td>774,030,080</td></tr>
 * </table>
 *
 * <p>{@link org.nola4j.models.checkpoint.Gpt2Checkpoint} reads and writes weights; {@link
 * org.nola4j.models.generation.Generator} continues texts.
 */
public final class Gpt2 extends TextModel {
  /** The name of the layer that turns tokens into embeddings. */
  public static final String EMBEDDING = "embed";

  /** The name of the layer that normalizes what the last block gives. */
  public static final String NORM = "norm";

  /** The name of the layer that turns it into logits. */
  public static final String HEAD = "head";

  private final MlpActivation activation;
  private final double labelSmoothing;

  private Gpt2(Builder builder) {
    super(builder);
    this.activation = builder.activation;
    this.labelSmoothing = builder.labelSmoothing;
  }

  /** A builder for GPT-2 small: width 768, 12 blocks, 12 heads. */
  public static Builder small() {
    return sized(768, 12).heads(12);
  }

  /** A builder for GPT-2 medium: width 1,024, 24 blocks, 16 heads. */
  public static Builder medium() {
    return sized(1024, 24).heads(16);
  }

  /** A builder for GPT-2 large: width 1,280, 36 blocks, 20 heads. */
  public static Builder large() {
    return sized(1280, 36).heads(20);
  }

  /**
   * A builder for other sizes, with heads of 64 numbers as all of OpenAI's. The number of
   * {@linkplain Builder#heads heads} must be set if 64 does not divide the width.
   */
  public static Builder sized(int width, int blocks) {
    return new Builder(width, blocks);
  }

  @Override
  public ComputationGraphConfiguration conf() {
    TokenEmbedding embedding = embedding().typeVocabulary(0).norm(false).build();
    GraphBuilder graph = blocks(embedding, this::transformerBlock);
    graph.layer(NORM, new TokenNorm.Builder().name(NORM).epsilon(epsilon).build(), last());
    graph.layer(HEAD, head(), NORM);
    graph.setOutputs(HEAD);
    return settled(graph.build());
  }

  private TransformerBlock transformerBlock(String name) {
    return plan.block(
            name,
            new TransformerBlock.Builder()
                .name(name)
                .heads(heads)
                .mlpWidth(mlpWidth)
                .causal(true)
                .activation(activation)
                .epsilon(epsilon))
        .build();
  }

  private LanguageModelHead head() {
    return new LanguageModelHead.Builder()
        .name(HEAD)
        .nOut(vocabularySize)
        .labelSmoothing(labelSmoothing)
        .reparameterization(plan.method(EMBEDDING))
        .tiedTo(EMBEDDING)
        .build();
  }

  /**
   * Builds a {@link Gpt2}: by default with 50,257 tokens, texts of at most 1,024, an MLP of four
   * times the width, and epsilon 1e-5.
   */
  public static final class Builder extends TextModel.Builder<Builder> {
    private static final int HEAD_WIDTH = 64;

    private MlpActivation activation = MlpActivation.GELU_TANH;
    private double labelSmoothing;

    private Builder(int width, int blocks) {
      super(width, blocks, 50_257, 1024, 1e-5);
      this.heads = width % HEAD_WIDTH == 0 ? width / HEAD_WIDTH : 0;
      this.mlpWidth = 4 * width;
    }

    @Override
    Builder self() {
      return this;
    }

    /** The activation function of the blocks; GELU's tanh form by default. */
    public Builder activation(MlpActivation activation) {
      this.activation = activation;
      return this;
    }

    /** The share of all words in the target of each token; 0 by default. */
    public Builder labelSmoothing(double labelSmoothing) {
      this.labelSmoothing = labelSmoothing;
      return this;
    }

    /**
     * Builds the model; its {@code init()} creates the network.
     *
     * @throws IllegalStateException if the number of heads is unknown
     * @throws IllegalArgumentException if the plan's method of the embedding is not dense
     */
    public Gpt2 build() {
      requireHeads();
      Gpt2 model = new Gpt2(this);
      if (!(model.plan.method(EMBEDDING) instanceof Dense)
          || model.plan.tiedTo(EMBEDDING) != null) {
        throw new IllegalArgumentException(
            "the embedding of Gpt2, whose weight is the head's too, must be dense, but the plan's"
                + " method is "
                + model.plan.method(EMBEDDING)
                + ": add .with(Gpt2.EMBEDDING, new Dense()) to the plan");
      }
      return model;
    }
  }
}
