// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.ZooType;
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
 * <p>Input [batch, tokens], the numbers of words by the model's own tokenizer (see {@link
 * org.nola4j.models.text.TextTokenizer}); a batch of texts of different lengths needs DL4J's
 * features mask [batch, tokens] with zeros where a text is filled up, and then gives each text what
 * it would get alone. Output [batch, width], or with classes their probabilities [batch, classes],
 * for labels one-hot.
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
public final class BertEncoder extends GraphModel {
  /** The name of the layer that turns token IDs into embeddings. */
  public static final String EMBEDDING = "embed";

  /** The name of the layer that pools a text's tokens into one vector. */
  public static final String POOLING = "pool";

  /** The name of the vertex that normalizes this vector to length one. */
  public static final String UNIT = "unit";

  /** The name of the layer that turns it into logits. */
  public static final String HEAD = "head";

  private static final String INPUT = "tokens";

  private final int vocabularySize;
  private final int width;
  private final int blocks;
  private final int heads;
  private final int mlpWidth;
  private final int typeVocabulary;
  private final Pooling pooling;
  private final boolean normalize;
  private final int classes;
  private final MlpActivation activation;
  private final double epsilon;
  private int maxPositions;

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
    this.vocabularySize = builder.vocabularySize;
    this.width = builder.width;
    this.blocks = builder.blocks;
    this.heads = builder.heads;
    this.mlpWidth = builder.mlpWidth;
    this.maxPositions = builder.maxPositions;
    this.typeVocabulary = builder.typeVocabulary;
    this.pooling = builder.pooling;
    this.normalize = builder.normalize;
    this.classes = builder.classes;
    this.activation = builder.activation;
    this.epsilon = builder.epsilon;
  }

  /** A builder with the sizes of all-MiniLM-L6-v2. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder for other sizes. The number of {@linkplain Builder#heads heads} must be set. */
  public static Builder sized(int width, int blocks) {
    return new Builder().width(width).blocks(blocks).noHeads();
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
      graph.layer(block(i), transformerBlock(block(i)), below);
      below = block(i);
    }
    graph.layer(POOLING, pooling(), below);
    String end = POOLING;
    if (normalize) {
      graph.addVertex(UNIT, new L2NormalizeVertex(), POOLING);
      end = UNIT;
    }
    if (classes > 0) {
      graph.layer(HEAD, logits(HEAD, classes).build(), end).layer(LOSS, loss(), HEAD);
      end = LOSS;
    }
    graph.setOutputs(end).setInputTypes(InputType.feedForward(maxPositions));
    return settled(graph.build());
  }

  private TokenEmbedding embedding() {
    return new TokenEmbedding.Builder()
        .name(EMBEDDING)
        .nIn(vocabularySize)
        .nOut(width)
        .maxPositions(maxPositions)
        .typeVocabulary(typeVocabulary)
        .epsilon(epsilon)
        .reparameterization(plan.method(EMBEDDING))
        .tiedTo(plan.tiedTo(EMBEDDING))
        .coefficientBits(plan.coefficientBits(EMBEDDING))
        .build();
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

  /** One input, [tokens]: the most that a text may have. */
  @Override
  public void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 1) {
      throw new IllegalArgumentException("BertEncoder takes one input of shape [tokens]");
    }
    maxPositions = Builder.positive("tokens", inputShape[0][0]);
  }

  @Override
  @SuppressWarnings("deprecation")
  public ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{maxPositions}}, 1, ZooType.RNN);
  }

  /** Builds a {@link BertEncoder}. */
  public static final class Builder extends GraphModel.Builder<Builder> {
    private int vocabularySize = 30_522;
    private int width = 384;
    private int blocks = 6;
    private int heads = 12;
    private int mlpWidth = 1536;
    private int maxPositions = 512;
    private int typeVocabulary = 2;
    private Pooling pooling = Pooling.MEAN;
    private boolean normalize;
    private int classes;
    private MlpActivation activation = MlpActivation.GELU;
    private double epsilon = 1e-12;

    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /** Size of the vocabulary; 30,522 by default. */
    public Builder vocabularySize(int vocabularySize) {
      this.vocabularySize = positive("vocabularySize", vocabularySize);
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

    /** Attention heads per block; 12 by default. */
    public Builder heads(int heads) {
      this.heads = positive("heads", heads);
      return this;
    }

    private Builder noHeads() {
      heads = 0;
      return this;
    }

    /** Hidden width of a block's MLP; 1,536 by default. */
    public Builder mlpWidth(int mlpWidth) {
      this.mlpWidth = positive("mlpWidth", mlpWidth);
      return this;
    }

    /** Maximum number of tokens of a text; 512 by default. */
    public Builder maxPositions(int maxPositions) {
      this.maxPositions = positive("maxPositions", maxPositions);
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

    /** Added to the variance in all norms; 1e-12 by default. */
    public Builder epsilon(double epsilon) {
      this.epsilon = epsilon;
      return this;
    }

    /**
     * Builds the model; its {@code init()} creates the network.
     *
     * @throws IllegalStateException if the number of heads is unknown
     */
    public BertEncoder build() {
      if (heads == 0) {
        throw new IllegalStateException(
            "heads must be set: they do not follow from a width of %d".formatted(width));
      }
      return new BertEncoder(this);
    }
  }
}
