// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenEmbedding;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

/**
 * BERT (Devlin et al., <i>BERT: Pre-training of Deep Bidirectional Transformers for Language
 * Understanding</i>, NAACL 2019) as an encoder of texts, the form that sentence embeddings have:
 * embeddings of words and places, post-norm blocks with exact GELU, the mean of a text's tokens or
 * its first one; and, for classification, one fully connected layer and softmax cross-entropy.
 *
 * <p>Input [batch, tokens], token IDs of the model's own tokenizer (see {@link
 * org.nola4j.models.text.TextTokenizer}); a batch of texts of different lengths needs DL4J's
 * features mask [batch, tokens] with zeros where a text is padded, and then gives each text what it
 * would get alone. Output [batch, width], or with classes their probabilities [batch, classes], for
 * labels one-hot.
 *
 * <p>Layers are called {@value #EMBEDDING}, {@code block0}, {@code block1}, ..., {@value #POOLING},
 * {@value #UNIT} (a vertex, if there is one: it divides by the length), {@value #HEAD} (the logits)
 * and {@code loss}. A {@link ReparameterizationPlan} refers to these names, and to {@code
 * block3.fc1} for one weight of a {@link TransformerBlock}. Weights that are not in a plan are
 * dense.
 *
 * <p>Defaults are the sizes of the widespread sentence encoder all-MiniLM-L6-v2, 22,565,376
 * parameters: 30,522 words, width 384, 6 blocks, 12 heads, mlpWidth 1,536, 512 positions, 2 types,
 * the mean of the tokens; no classes, not normalized to length one.
 *
 * <p>{@link org.nola4j.models.checkpoint.BertCheckpoint} reads weights.
 */
public final class BertEncoder extends TextModel {
  /** The name of the layer that turns token IDs into embeddings. */
  public static final String EMBEDDING = "embed";

  /** The name of the layer that pools a text's tokens into one vector. */
  public static final String POOLING = "pool";

  /** The name of the vertex that normalizes this vector to length one. */
  public static final String UNIT = "unit";

  /** The name of the layer that turns it into logits. */
  public static final String HEAD = "head";

  private final int typeVocabulary;
  private final Pooling pooling;
  private final boolean normalize;
  private final int classes;
  private final MlpActivation activation;

  /** How tokens become one vector. */
  public enum Pooling {
    /** The mean of a text's tokens, as in all-MiniLM-L6-v2. */
    MEAN(TokenPooling.Kind.MEAN),
    /** The first token, {@code [CLS]}, as in bge-small-en-v1.5. */
    FIRST(TokenPooling.Kind.CLASS_TOKEN);

    private final TokenPooling.Kind kind;

    Pooling(TokenPooling.Kind kind) {
      this.kind = kind;
    }
  }

  private BertEncoder(Builder builder) {
    super(builder);
    this.typeVocabulary = builder.typeVocabulary;
    this.pooling = builder.pooling;
    this.normalize = builder.normalize;
    this.classes = builder.classes;
    this.activation = builder.activation;
  }

  /** A builder with the sizes of all-MiniLM-L6-v2. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder for other sizes. The number of {@linkplain Builder#heads heads} must be set. */
  public static Builder sized(int width, int blocks) {
    return new Builder().width(width).blocks(blocks).noHeads();
  }

  @Override
  public ComputationGraphConfiguration conf() {
    TokenEmbedding embedding =
        embedding()
            .typeVocabulary(typeVocabulary)
            .epsilon(epsilon)
            .tiedTo(plan.tiedTo(EMBEDDING))
            .coefficientBits(plan.coefficientBits(EMBEDDING))
            .build();
    GraphBuilder graph = blocks(embedding, this::transformerBlock);
    graph.layer(POOLING, pooling(), last());
    String end = POOLING;
    if (normalize) {
      graph.addVertex(UNIT, new L2NormalizeVertex(), POOLING);
      end = UNIT;
    }
    if (classes > 0) {
      graph.layer(HEAD, logits(HEAD, classes).build(), end).layer(LOSS, loss(), HEAD);
      end = LOSS;
    }
    graph.setOutputs(end);
    return settled(graph.build());
  }

  private TransformerBlock transformerBlock(String name) {
    return plan.block(
            name,
            new TransformerBlock.Builder()
                .name(name)
                .heads(heads)
                .mlpWidth(mlpWidth)
                .normPosition(NormPosition.POST)
                .activation(activation)
                .epsilon(epsilon))
        .build();
  }

  private TokenPooling pooling() {
    return new TokenPooling.Builder()
        .name(POOLING)
        .kind(pooling.kind)
        .classToken(pooling == Pooling.FIRST)
        .norm(TokenPooling.Norm.NONE)
        .build();
  }

  /**
   * Builds a {@link BertEncoder}: by default with the sizes of all-MiniLM-L6-v2 and epsilon 1e-12.
   */
  public static final class Builder extends TextModel.Builder<Builder> {
    private int typeVocabulary = 2;
    private Pooling pooling = Pooling.MEAN;
    private boolean normalize;
    private int classes;
    private MlpActivation activation = MlpActivation.GELU;

    private Builder() {
      super(384, 6, 30_522, 512, 1e-12);
      heads(12).mlpWidth(1536);
    }

    @Override
    Builder self() {
      return this;
    }

    /** Embedding width, a multiple of the number of heads; 384 by default. */
    public Builder width(int width) {
      this.width = positive("width", width);
      return this;
    }

    /** Transformer blocks; 6 by default. */
    public Builder blocks(int blocks) {
      this.blocks = positive("blocks", blocks);
      return this;
    }

    private Builder noHeads() {
      heads = 0;
      return this;
    }

    /** Number of segment types, of which the first is used; 2 by default. */
    public Builder typeVocabulary(int typeVocabulary) {
      this.typeVocabulary = positive("typeVocabulary", typeVocabulary);
      return this;
    }

    /** How tokens become one vector; their mean by default. */
    public Builder pooling(Pooling pooling) {
      this.pooling = pooling;
      return this;
    }

    /** Whether this vector is normalized to length one; false by default. */
    public Builder normalize(boolean normalize) {
      this.normalize = normalize;
      return this;
    }

    /**
     * The number of classes, or 0, the default, for a network whose output is the vector itself.
     */
    public Builder classes(int classes) {
      if (classes < 0 || classes == 1) {
        throw new IllegalArgumentException("classes must be 0 or at least 2, but is " + classes);
      }
      this.classes = classes;
      return this;
    }

    /** The activation function of the blocks; exact GELU by default. */
    public Builder activation(MlpActivation activation) {
      this.activation = activation;
      return this;
    }

    /**
     * Builds the model; its {@code init()} creates the network.
     *
     * @throws IllegalStateException if the number of heads is unknown
     */
    public BertEncoder build() {
      requireHeads();
      return new BertEncoder(this);
    }
  }
}
