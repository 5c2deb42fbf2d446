// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.nola4j.reparameterization.Dense;
import org.nola4j.transformer.LanguageModelHead;
import org.nola4j.transformer.LlamaBlock;
import org.nola4j.transformer.RotaryPairs;
import org.nola4j.transformer.TokenEmbedding;
import org.nola4j.transformer.TokenNorm;

/**
 * LLaMA (Touvron et al., <i>Llama 2: Open Foundation and Fine-Tuned Chat Models</i>, 2023):
 * embeddings of tokens, {@link LlamaBlock}s, a last root-mean-square norm, and a head that has a
 * matrix of its own or the embedding's.
 *
 * <p>Input [batch, tokens], token IDs, with DL4J's features mask [batch, tokens] where texts are
 * padded at their ends. Output: logits of each next token [batch, tokens, vocabulary]. Labels: the
 * IDs of the next tokens; see {@link LanguageModelHead}.
 *
 * <p>Layers are called {@value #EMBEDDING}, {@code block0}, {@code block1}, ..., {@value #NORM} and
 * {@value #HEAD}. A {@link ReparameterizationPlan} refers to these names, and to {@code
 * block3.gate} for one weight of a block. Weights that are not in a plan are dense. A tied
 * embedding must be.
 *
 * <p>Building a configuration allocates no weights, whatever its size. Parameters with LLaMA-2's
 * 32,000 tokens and a head of its own:
 *
 * <table>
 *   <caption>presets</caption>
 *   <tr><th></th><th>width</th><th>blocks</th><th>heads</th><th>of keys</th><th>MLP</th><th>parameters</th></tr>
 *   <tr><td>{@link #of7B}</td><td>4,096</td><td>32</td><td>32</td><td>32</td><td>11,008</td><td>6,738,415,616</td></tr>
 *   <tr><td>{@link #of13B}</td><td>5,120</td><td>40</td><td>40</td><td>40</td><td>13,824</td><td>13,015,864,320</td></tr>
 *   <tr><td>{@link #of70B}</td><td>8,192</td><td>80</td><td>64</td><td>8</td><td>28,672</td><td>68,976,648,192</td></tr>
 * </table>
 *
 * <p>{@link org.nola4j.models.checkpoint.LlamaCheckpoint} and {@link
 * org.nola4j.models.checkpoint.Llama2cCheckpoint} read weights.
 */
public final class Llama extends TextModel {
  /** The name of the layer that turns tokens into embeddings. */
  public static final String EMBEDDING = "embed";

  /** The name of the layer that normalizes what the last block gives. */
  public static final String NORM = "norm";

  /** The name of the layer that turns it into logits. */
  public static final String HEAD = "head";

  private final int keyValueHeads;
  private final boolean tiedHead;
  private final RotaryPairs pairs;
  private final double theta;

  private Llama(Builder builder) {
    super(builder);
    this.keyValueHeads = builder.keyValueHeads == 0 ? builder.heads : builder.keyValueHeads;
    this.tiedHead = builder.tiedHead;
    this.pairs = builder.pairs;
    this.theta = builder.theta;
  }

  /** A builder for LLaMA-2 7B. */
  public static Builder of7B() {
    return sized(4096, 32).heads(32).mlpWidth(11_008);
  }

  /** A builder for LLaMA-2 13B. */
  public static Builder of13B() {
    return sized(5120, 40).heads(40).mlpWidth(13_824);
  }

  /** A builder for LLaMA-2 70B. */
  public static Builder of70B() {
    return sized(8192, 80).heads(64).keyValueHeads(8).mlpWidth(28_672);
  }

  /** A builder for other sizes; heads and the MLP's width must be set. */
  public static Builder sized(int width, int blocks) {
    return new Builder(width, blocks);
  }

  @Override
  public ComputationGraphConfiguration conf() {
    TokenEmbedding embedding = embedding().positions(false).typeVocabulary(0).norm(false).build();
    GraphBuilder graph = blocks(embedding, this::llamaBlock);
    graph.layer(
        NORM, new TokenNorm.Builder().name(NORM).rms(true).epsilon(epsilon).build(), last());
    graph.layer(HEAD, head(), NORM);
    graph.setOutputs(HEAD);
    return settled(graph.build());
  }

  private LlamaBlock llamaBlock(String name) {
    LlamaBlock.Builder block =
        new LlamaBlock.Builder()
            .name(name)
            .heads(heads)
            .keyValueHeads(keyValueHeads)
            .mlpWidth(mlpWidth)
            .pairs(pairs)
            .theta(theta)
            .epsilon(epsilon)
            .tiedTo(plan.tiedTo(name))
            .coefficientBits(plan.coefficientBits(name));
    LlamaBlock.WEIGHTS.forEach(w -> block.reparameterization(w, plan.method(name, w)));
    return block.build();
  }

  private LanguageModelHead head() {
    return new LanguageModelHead.Builder()
        .name(HEAD)
        .nOut(vocabularySize)
        .reparameterization(plan.method(tiedHead ? EMBEDDING : HEAD))
        .tiedTo(tiedHead ? EMBEDDING : null)
        .build();
  }

  /**
   * Builds a {@link Llama}: by default with 32,000 tokens, texts of at most 4,096, and epsilon
   * 1e-5.
   */
  public static final class Builder extends TextModel.Builder<Builder> {
    private int keyValueHeads;
    private boolean tiedHead;
    private RotaryPairs pairs = RotaryPairs.HALVES;
    private double theta = 10_000;

    private Builder(int width, int blocks) {
      super(width, blocks, 32_000, 4096, 1e-5);
    }

    @Override
    Builder self() {
      return this;
    }

    /** Heads of keys and values per block; as many as of queries by default. */
    public Builder keyValueHeads(int keyValueHeads) {
      this.keyValueHeads = positive("keyValueHeads", keyValueHeads);
      return this;
    }

    /** Whether the head has the embedding's matrix; it has its own by default. */
    public Builder tiedHead(boolean tiedHead) {
      this.tiedHead = tiedHead;
      return this;
    }

    /** The numbers of a head that are turned together; those of the halves by default. */
    public Builder pairs(RotaryPairs pairs) {
      this.pairs = pairs;
      return this;
    }

    /** The base of the rotary angles; 10,000 by default. */
    public Builder theta(double theta) {
      this.theta = theta;
      return this;
    }

    /**
     * Builds the model; its {@code init()} creates the network.
     *
     * @throws IllegalStateException if heads or the MLP's width are not set
     * @throws IllegalArgumentException if the plan's method of a tied embedding is not dense
     */
    public Llama build() {
      if (heads == 0 || mlpWidth == 0) {
        throw new IllegalStateException("heads and mlpWidth of Llama must be set");
      }
      Llama model = new Llama(this);
      if (tiedHead && !(model.plan.method(EMBEDDING) instanceof Dense)) {
        throw new IllegalArgumentException(
            "the embedding of a Llama whose head is tied to it must be dense, but the plan's method"
                + " is "
                + model.plan.method(EMBEDDING)
                + ": add .with(Llama.EMBEDDING, new Dense()) to the plan");
      }
      return model;
    }
  }
}
