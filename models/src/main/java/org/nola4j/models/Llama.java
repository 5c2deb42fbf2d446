// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.ZooType;
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
 * <p>Input [batch, tokens], numbers of tokens, with DL4J's features mask [batch, tokens] where
 * texts are filled up at their ends. Output: logits of each next token [batch, tokens, vocabulary].
 * Labels: the numbers of the next tokens; see {@link LanguageModelHead}.
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
public final class Llama extends GraphModel {
  /** The name of the layer that turns tokens into embeddings. */
  public static final String EMBEDDING = "embed";

  /** The name of the layer that normalizes what the last block gives. */
  public static final String NORM = "norm";

  /** The name of the layer that turns it into logits. */
  public static final String HEAD = "head";

  private static final String INPUT = "tokens";

  private final int vocabularySize;
  private final int width;
  private final int blocks;
  private final int heads;
  private final int keyValueHeads;
  private final int mlpWidth;
  private final boolean tiedHead;
  private final RotaryPairs pairs;
  private final double theta;
  private final double epsilon;
  private int maxPositions;

  private Llama(Builder builder) {
    super(builder);
    this.vocabularySize = builder.vocabularySize;
    this.width = builder.width;
    this.blocks = builder.blocks;
    this.heads = builder.heads;
    this.keyValueHeads = builder.keyValueHeads == 0 ? builder.heads : builder.keyValueHeads;
    this.mlpWidth = builder.mlpWidth;
    this.tiedHead = builder.tiedHead;
    this.pairs = builder.pairs;
    this.theta = builder.theta;
    this.epsilon = builder.epsilon;
    this.maxPositions = builder.maxPositions;
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
    return new Builder(Builder.positive("width", width), Builder.positive("blocks", blocks));
  }

  /** The name of a block, from 0. */
  public static String block(int index) {
    return "block" + index;
  }

  @Override
  public ComputationGraphConfiguration conf() {
    GraphBuilder graph = graph(INPUT);
    graph.layer(EMBEDDING, embedding(), INPUT);
    String below = EMBEDDING;
    for (int i = 0; i < blocks; i++) {
      graph.layer(block(i), llamaBlock(block(i)), below);
      below = block(i);
    }
    graph.layer(NORM, new TokenNorm.Builder().name(NORM).rms(true).epsilon(epsilon).build(), below);
    graph.layer(HEAD, head(), NORM);
    graph.setOutputs(HEAD).setInputTypes(InputType.feedForward(maxPositions));
    return settled(graph.build());
  }

  private TokenEmbedding embedding() {
    return new TokenEmbedding.Builder()
        .name(EMBEDDING)
        .nIn(vocabularySize)
        .nOut(width)
        .maxPositions(maxPositions)
        .positions(false)
        .typeVocabulary(0)
        .norm(false)
        .reparameterization(plan.method(EMBEDDING))
        .build();
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

  /** One input, [tokens]: the most that a text may have. */
  @Override
  public void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 1) {
      throw new IllegalArgumentException("Llama takes one input of shape [tokens]");
    }
    maxPositions = Builder.positive("tokens", inputShape[0][0]);
  }

  @Override
  @SuppressWarnings("deprecation")
  public ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{maxPositions}}, 1, ZooType.RNN);
  }

  /** Builds a {@link Llama}. */
  public static final class Builder extends GraphModel.Builder<Builder> {
    private final int width;
    private final int blocks;
    private int vocabularySize = 32_000;
    private int heads;
    private int keyValueHeads;
    private int mlpWidth;
    private int maxPositions = 4096;
    private boolean tiedHead;
    private RotaryPairs pairs = RotaryPairs.HALVES;
    private double theta = 10_000;
    private double epsilon = 1e-5;

    private Builder(int width, int blocks) {
      this.width = width;
      this.blocks = blocks;
    }

    @Override
    Builder self() {
      return this;
    }

    /** Size of the vocabulary; 32,000 by default. */
    public Builder vocabularySize(int vocabularySize) {
      this.vocabularySize = positive("vocabularySize", vocabularySize);
      return this;
    }

    /** Heads of queries per block. */
    public Builder heads(int heads) {
      this.heads = positive("heads", heads);
      return this;
    }

    /** Heads of keys and values per block; as many as of queries by default. */
    public Builder keyValueHeads(int keyValueHeads) {
      this.keyValueHeads = positive("keyValueHeads", keyValueHeads);
      return this;
    }

    /** Hidden width of a block's MLP. */
    public Builder mlpWidth(int mlpWidth) {
      this.mlpWidth = positive("mlpWidth", mlpWidth);
      return this;
    }

    /** Maximum number of tokens of a text; 4,096 by default. */
    public Builder maxPositions(int maxPositions) {
      this.maxPositions = positive("maxPositions", maxPositions);
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

    /** Added to the mean square in all norms; 1e-5 by default. */
    public Builder epsilon(double epsilon) {
      this.epsilon = epsilon;
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
