// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.List;
import org.nola4j.models.Llama;
import org.nola4j.reparameterization.WeightShape;

/**
 * The sizes of a LLaMA with as many heads of keys as of queries.
 *
 * @param title for tables
 * @param words in the vocabulary
 */
record LlamaShape(String title, int width, int blocks, int heads, int mlpWidth, int words) {
  /** Known sizes. */
  static final List<String> NAMES = List.of("tiny", "100m", "7b", "13b");

  static LlamaShape named(String name) {
    return switch (name) {
      case "tiny" -> new LlamaShape("a tiny LLaMA", 64, 2, 4, 172, 512);
      case "100m" -> new LlamaShape("a LLaMA of 100 million", 768, 12, 12, 2048, 32_000);
      case "7b" -> new LlamaShape("LLaMA-2 7B's shape", 4096, 32, 32, 11_008, 32_000);
      case "13b" -> new LlamaShape("LLaMA-2 13B's shape", 5120, 40, 40, 13_824, 32_000);
      default -> throw new IllegalArgumentException(name);
    };
  }

  LlamaShape withBlocks(int other) {
    return new LlamaShape(title, width, other, heads, mlpWidth, words);
  }

  Llama model(int tokens) {
    return Llama.sized(width, blocks)
        .heads(heads)
        .mlpWidth(mlpWidth)
        .vocabularySize(words)
        .maxPositions(tokens)
        .build();
  }

  /** Of a weight by its name in a layer. */
  WeightShape weight(String name) {
    return switch (name) {
      case "q", "k", "v", "o" -> new WeightShape(width, width, width);
      case "gate", "up" -> new WeightShape(width, mlpWidth, width);
      case "down" -> new WeightShape(mlpWidth, width, mlpWidth);
      case "word" -> new WeightShape(words, width, width);
      default -> throw new IllegalArgumentException("no weight of a LLaMA: " + name);
    };
  }

  /** Numbers of the blocks' weights. */
  long inBlocks() {
    return (4L * width * width + 3L * width * mlpWidth) * blocks;
  }

  /**
   * Operations of a step: two for each weight and token forward and two backward, since frozen
   * weights have no gradient, and six for each number of an adapter's factors.
   */
  double flops(int tokens, int rank) {
    double frozen = inBlocks() + (double) words * width;
    double factors = (4.0 * 2 * width + 3.0 * (width + mlpWidth)) * rank * blocks;
    return tokens * (4 * frozen + 6 * factors);
  }
}
