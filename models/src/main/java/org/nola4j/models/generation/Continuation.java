// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import java.util.List;

/**
 * What a model wrote after a prompt.
 *
 * @param tokens without the prompt; the last one is an end token where the model ended it
 * @param score the sum of their probabilities' logarithms; with a beam, divided by {@code
 *     tokens^lengthPenalty}
 * @param ended whether the last token is an end token
 */
public record Continuation(List<Integer> tokens, double score, boolean ended) {
  /** Copies the tokens. */
  public Continuation {
    tokens = List.copyOf(tokens);
  }

  /** The tokens without the end token. */
  public int[] text() {
    int length = tokens.size() - (ended ? 1 : 0);
    return tokens.stream().limit(length).mapToInt(Integer::intValue).toArray();
  }
}
