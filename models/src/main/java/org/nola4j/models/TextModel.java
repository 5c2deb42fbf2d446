// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import java.util.function.Function;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.ZooType;
import org.nola4j.transformer.TokenEmbedding;

/** Base class of zoo models over the token IDs of a text: an embedding, then blocks. */
abstract class TextModel extends GraphModel {
  private static final String EMBEDDING = "embed";
  private static final String INPUT = "tokens";

  final int vocabularySize;
  private final int width;
  private final int blocks;
  final int heads;
  final int mlpWidth;
  final double epsilon;
  private int maxPositions;

  TextModel(Builder<?> builder) {
    super(builder);
    this.vocabularySize = builder.vocabularySize;
    this.width = builder.width;
    this.blocks = builder.blocks;
    this.heads = builder.heads;
    this.mlpWidth = builder.mlpWidth;
    this.epsilon = builder.epsilon;
    this.maxPositions = builder.maxPositions;
  }

  /** The name of a block, from 0. */
  public static String block(int index) {
    return "block" + index;
  }

  /** The embedding, without what models differ in. */
  final TokenEmbedding.Builder embedding() {
    return new TokenEmbedding.Builder()
        .name(EMBEDDING)
        .nIn(vocabularySize)
        .nOut(width)
        .maxPositions(maxPositions)
        .reparameterization(plan.method(EMBEDDING));
  }

  /** A configuration with the embedding and the blocks, given their names. */
  final GraphBuilder blocks(TokenEmbedding embedding, Function<String, Layer> layer) {
    GraphBuilder graph = graph(INPUT).setInputTypes(InputType.feedForward(maxPositions));
    graph.layer(EMBEDDING, embedding, INPUT);
    String below = EMBEDDING;
    for (int i = 0; i < blocks; i++) {
      graph.layer(block(i), layer.apply(block(i)), below);
      below = block(i);
    }
    return graph;
  }

  /** The name of the last block. */
  final String last() {
    return block(blocks - 1);
  }

  /** One input, [tokens]: the most that a text may have. */
  @Override
  public final void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 1) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " takes one input of shape [tokens]");
    }
    maxPositions = Builder.positive("tokens", inputShape[0][0]);
  }

  @Override
  @SuppressWarnings("deprecation")
  public final ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{maxPositions}}, 1, ZooType.RNN);
  }

  /** Common settings. */
  public abstract static class Builder<B extends Builder<B>> extends GraphModel.Builder<B> {
    int width;
    int blocks;
    int heads;
    int mlpWidth;
    private int vocabularySize;
    private int maxPositions;
    private double epsilon;

    Builder(int width, int blocks, int vocabularySize, int maxPositions, double epsilon) {
      this.width = positive("width", width);
      this.blocks = positive("blocks", blocks);
      this.vocabularySize = vocabularySize;
      this.maxPositions = maxPositions;
      this.epsilon = epsilon;
    }

    /** Size of the vocabulary. */
    public B vocabularySize(int vocabularySize) {
      this.vocabularySize = positive("vocabularySize", vocabularySize);
      return self();
    }

    /** Attention heads (of queries) per block. */
    public B heads(int heads) {
      this.heads = positive("heads", heads);
      return self();
    }

    /** Hidden width of a block's MLP. */
    public B mlpWidth(int mlpWidth) {
      this.mlpWidth = positive("mlpWidth", mlpWidth);
      return self();
    }

    /** Maximum number of tokens of a text. */
    public B maxPositions(int maxPositions) {
      this.maxPositions = positive("maxPositions", maxPositions);
      return self();
    }

    /** Added to the variance or mean square in all norms. */
    public B epsilon(double epsilon) {
      this.epsilon = epsilon;
      return self();
    }

    final void requireHeads() {
      if (heads == 0) {
        throw new IllegalStateException(
            "heads must be set: they do not follow from a width of %d".formatted(width));
      }
    }
  }
}
