// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.runtime.DirectParameter;

/**
 * What a {@link TransformerBlock} of a trained network gets beside its weights: numbers that are
 * trained directly, and that no weight can take in.
 *
 * <p>Trained numbers of a block, with width d and size r:
 *
 * <table>
 *   <caption>kinds</caption>
 *   <tr><th>kind</th><th>numbers</th></tr>
 *   <tr><td>{@link Kind#LIN}</td><td>2 d r + r + 3 d</td></tr>
 *   <tr><td>{@link Kind#HOULSBY}</td><td>2 (2 d r + r + d)</td></tr>
 *   <tr><td>{@link Kind#PREFIX}</td><td>2 d r</td></tr>
 * </table>
 *
 * @param kind of what is inserted
 * @param size hidden width of an adapter, or number of a prefix' tokens
 */
public record Insertion(@JsonProperty("kind") Kind kind, @JsonProperty("size") int size)
    implements Serializable {
  private static final String AFTER_ATTENTION = "adapter1";
  private static final String AFTER_MLP = "adapter2";

  /** What is inserted. */
  public enum Kind {
    /**
     * {@code y + relu(norm(y) down + b) up + c} of the block's output y: an adapter after the MLP
     * and its residual connection (Lin et al., <i>Exploring Versatile Generative Language Model Via
     * Parameter-Efficient Transfer Learning</i>, EMNLP Findings 2020). Changes nothing at first,
     * since {@code up} and c start at zero.
     */
    LIN,
    /**
     * {@code u + relu(u down + b) up + c} of what attention gives, and likewise of what the MLP
     * gives, before the residual connections (Houlsby et al., <i>Parameter-Efficient Transfer
     * Learning for NLP</i>, ICML 2019). Changes nothing at first.
     */
    HOULSBY,
    /**
     * Keys and values that all queries attend to, before those of the text (Li and Liang,
     * <i>Prefix-Tuning</i>, ACL 2021, without its MLP over the prefix). They start normal with
     * standard deviation 0.02, which changes the network's outputs from the start. Attention costs
     * as much as with size more tokens.
     */
    PREFIX
  }

  /** Checks the fields. */
  public Insertion {
    if (kind == null || size < 1) {
      throw new IllegalArgumentException(
          "an insertion needs a kind and a size of at least 1, but has %s and %d"
              .formatted(kind, size));
    }
  }

  /** The insertion that a block has, by the shapes of its trained parameters; empty for none. */
  public static Optional<Insertion> of(Map<String, List<Long>> shapes) {
    List<Long> first = shapes.get(AFTER_ATTENTION + ".down");
    List<Long> second = shapes.get(AFTER_MLP + ".down");
    List<Long> keys = shapes.get(Prefix.KEYS);
    if (keys != null) {
      return Optional.of(new Insertion(Kind.PREFIX, Math.toIntExact(keys.get(0))));
    }
    if (second == null) {
      return Optional.empty();
    }
    Kind kind = first == null ? Kind.LIN : Kind.HOULSBY;
    return Optional.of(new Insertion(kind, Math.toIntExact(second.get(1))));
  }

  /** The parameters in a block of a width. */
  Map<String, DirectParameter> parameters(long width) {
    Map<String, DirectParameter> parameters = new LinkedHashMap<>();
    switch (kind) {
      case LIN -> parameters.putAll(afterMlp(0).parameters(width));
      case HOULSBY -> {
        parameters.putAll(afterAttention().parameters(width));
        parameters.putAll(afterMlp(0).parameters(width));
      }
      case PREFIX -> parameters.putAll(prefix().parameters(width));
    }
    return parameters;
  }

  /** The adapter of what attention gives, or null. */
  Bottleneck afterAttention() {
    return kind == Kind.HOULSBY ? new Bottleneck(AFTER_ATTENTION, size, null) : null;
  }

  /**
   * The adapter of what the MLP gives, or of the block's output, or null.
   *
   * @param epsilon of its norm
   */
  Bottleneck afterMlp(double epsilon) {
    return switch (kind) {
      case LIN ->
          new Bottleneck(AFTER_MLP, size, new Normalization(AFTER_MLP + Bottleneck.NORM, epsilon));
      case HOULSBY -> new Bottleneck(AFTER_MLP, size, null);
      case PREFIX -> null;
    };
  }

  /** The keys and values, or null. */
  Prefix prefix() {
    return kind == Kind.PREFIX ? new Prefix(size) : null;
  }
}
