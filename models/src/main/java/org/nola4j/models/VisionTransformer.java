// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.PatchEmbedding;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

/**
 * The vision transformer (Dosovitskiy et al., <i>An Image is Worth 16x16 Words</i>, ICLR 2021) as
 * built by timm: patch tokens and a class token, transformer blocks, a final normalization, one
 * fully connected layer, and softmax cross-entropy.
 *
 * <p>Input: [batch, 3, height, width] (NCHW). Labels: one-hot, [batch, classes]. Layers are named
 * {@value #EMBEDDING}, {@code block0}, {@code block1}, ..., {@value #POOLING} (whose activations
 * are the features, or pre-logits), {@value #HEAD} (the logits) and {@code loss}. A {@link
 * ReparameterizationPlan} refers to these names, and to {@code block3.fc1} for one weight of a
 * {@link TransformerBlock}. Weights that are not in a plan are dense.
 *
 * <p>Parameters with dense weights, patches of 16 x 16, images of 224 x 224, and 1,000 classes:
 *
 * <table>
 *   <caption>presets</caption>
 *   <tr><th></th><th>width</th><th>blocks</th><th>heads</th><th>parameters</th></tr>
 *   <tr><td>{@link #tiny}</td><td>192</td><td>12</td><td>3</td><td>5,717,416</td></tr>
 *   <tr><td>{@link #small}</td><td>384</td><td>12</td><td>6</td><td>22,050,664</td></tr>
 *   <tr><td>{@link #base}</td><td>768</td><td>12</td><td>12</td><td>86,567,656</td></tr>
 *   <tr><td>{@link #large}</td><td>1,024</td><td>24</td><td>16</td><td>304,326,632</td></tr>
 * </table>
 *
 * <p>{@link org.nola4j.models.checkpoint.VitCheckpoint} reads and writes weights.
 */
public final class VisionTransformer extends ImageModel {
  /** The name of the layer that turns images into tokens. */
  public static final String EMBEDDING = "embed";

  /** The name of the layer that turns tokens into features. */
  public static final String POOLING = "pool";

  /** The name of the layer that turns features into logits. */
  public static final String HEAD = "head";

  private final int patchSize;
  private final int width;
  private final int depth;
  private final int heads;
  private final int mlpWidth;
  private final TokenPooling.Kind pooling;
  private final TokenPooling.Norm poolingNorm;
  private final NormPosition normPosition;
  private final MlpActivation activation;
  private final double epsilon;

  private VisionTransformer(Builder builder) {
    super(builder);
    this.patchSize = builder.patchSize;
    this.width = builder.width;
    this.depth = builder.depth;
    this.heads = builder.heads;
    this.mlpWidth = builder.mlpWidth;
    this.pooling = builder.pooling;
    this.poolingNorm = builder.poolingNorm;
    this.normPosition = builder.normPosition;
    this.activation = builder.activation;
    this.epsilon = builder.epsilon;
  }

  /** A builder for ViT-Ti/16: width 192, 12 blocks, 3 heads. */
  public static Builder tiny() {
    return new Builder(192, 12, 3);
  }

  /** A builder for ViT-S/16: width 384, 12 blocks, 6 heads. */
  public static Builder small() {
    return new Builder(384, 12, 6);
  }

  /** A builder for ViT-B/16: width 768, 12 blocks, 12 heads. */
  public static Builder base() {
    return new Builder(768, 12, 12);
  }

  /** A builder for ViT-L/16: width 1,024, 24 blocks, 16 heads. */
  public static Builder large() {
    return new Builder(1024, 24, 16);
  }

  /** A builder for other sizes. The number of {@linkplain Builder#heads heads} must be set. */
  public static Builder sized(int width, int depth) {
    return new Builder(Builder.positive("width", width), Builder.positive("depth", depth), 0);
  }

  /** The name of a block, from 0. */
  public static String block(int index) {
    return "block" + index;
  }

  @Override
  public ComputationGraphConfiguration conf() {
    GraphBuilder graph = graph("input");
    graph.layer(EMBEDDING, embedding(), "input");
    String below = EMBEDDING;
    for (int i = 0; i < depth; i++) {
      graph.layer(block(i), transformerBlock(block(i)), below);
      below = block(i);
    }
    graph
        .layer(
            POOLING,
            new TokenPooling.Builder()
                .name(POOLING)
                .kind(pooling)
                .norm(poolingNorm)
                .epsilon(epsilon)
                .build(),
            below)
        .layer(HEAD, logits(HEAD, classes).build(), POOLING)
        .layer(LOSS, loss(), HEAD)
        .setOutputs(LOSS)
        .setInputTypes(InputType.convolutional(height(), width(), 3));
    return settled(graph.build());
  }

  private PatchEmbedding embedding() {
    return new PatchEmbedding.Builder()
        .name(EMBEDDING)
        .nOut(width)
        .patchSize(patchSize)
        .inputGradient(false)
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
                .normPosition(normPosition)
                .activation(activation)
                .epsilon(epsilon))
        .build();
  }

  /** Builds a {@link VisionTransformer}. */
  public static final class Builder extends ImageModel.Builder<Builder> {
    private int patchSize = 16;
    private int width;
    private int depth;
    private int heads;
    private int mlpWidth;
    private TokenPooling.Kind pooling = TokenPooling.Kind.CLASS_TOKEN;
    private TokenPooling.Norm poolingNorm = TokenPooling.Norm.BEFORE;
    private NormPosition normPosition = NormPosition.PRE;
    private MlpActivation activation = MlpActivation.GELU;
    private double epsilon = 1e-6;

    private Builder(int width, int depth, int heads) {
      super(1000, 224);
      this.width = width;
      this.depth = depth;
      this.heads = heads;
    }

    @Override
    Builder self() {
      return this;
    }

    /** Height and width of a patch in pixels; 16 by default. */
    public Builder patchSize(int patchSize) {
      this.patchSize = positive("patchSize", patchSize);
      return this;
    }

    /** Embedding width, a multiple of the number of heads. */
    public Builder width(int width) {
      this.width = positive("width", width);
      return this;
    }

    /** The number of blocks. */
    public Builder depth(int depth) {
      this.depth = positive("depth", depth);
      return this;
    }

    /** Attention heads per block. */
    public Builder heads(int heads) {
      this.heads = positive("heads", heads);
      return this;
    }

    /** Hidden width of a block's MLP; 4 times the embedding width by default. */
    public Builder mlpWidth(int mlpWidth) {
      this.mlpWidth = positive("mlpWidth", mlpWidth);
      return this;
    }

    /**
     * The input of the head; {@code CLASS_TOKEN, BEFORE} by default, as in most of timm's models.
     * Use {@code MEAN, AFTER} for timm's {@code global_pool="avg"}.
     */
    public Builder pooling(TokenPooling.Kind kind, TokenPooling.Norm norm) {
      this.pooling = kind;
      this.poolingNorm = norm;
      return this;
    }

    /** Where blocks normalize; before attention and MLP by default. */
    public Builder normPosition(NormPosition normPosition) {
      this.normPosition = normPosition;
      return this;
    }

    /** The activation function of the blocks; exact GELU by default. */
    public Builder activation(MlpActivation activation) {
      this.activation = activation;
      return this;
    }

    /** Added to the variance in all norms; 1e-6 by default. */
    public Builder epsilon(double epsilon) {
      this.epsilon = epsilon;
      return this;
    }

    /**
     * Builds the model; its {@code init()} creates the network.
     *
     * @throws IllegalStateException if the number of heads is unknown
     */
    public VisionTransformer build() {
      if (heads == 0) {
        throw new IllegalStateException(
            "heads must be set: they do not follow from a width of %d".formatted(width));
      }
      return new VisionTransformer(this);
    }
  }
}
