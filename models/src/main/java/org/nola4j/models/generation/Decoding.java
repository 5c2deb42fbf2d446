// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import java.util.Set;

/**
 * How the next tokens are chosen.
 *
 * @param maxNewTokens the most tokens to write
 * @param endTokens that end a text; none for texts of {@code maxNewTokens}
 * @param noRepeatNgram no sequence of so many tokens is written twice; the prompt does not count; 0
 *     for no such rule
 * @param beams hypotheses that are followed; 1 for greedy choice or sampling
 * @param lengthPenalty of a beam's hypothesis: its score is the sum of its tokens' logarithms of
 *     probabilities, divided by {@code tokens^lengthPenalty}
 * @param sampling null for the likeliest tokens
 */
public record Decoding(
    int maxNewTokens,
    Set<Integer> endTokens,
    int noRepeatNgram,
    int beams,
    double lengthPenalty,
    Sampling sampling) {
  /** GPT-2's end of a text. */
  public static final int END_OF_TEXT = 50_256;

  /** GPT-2's blank line. */
  public static final int BLANK_LINE = 628;

  /** Checks every setting. */
  public Decoding {
    require(maxNewTokens >= 1, "maxNewTokens must be at least 1, but is " + maxNewTokens);
    require(noRepeatNgram >= 0, "noRepeatNgram must not be negative, but is " + noRepeatNgram);
    require(beams >= 1, "beams must be at least 1, but is " + beams);
    require(
        Double.isFinite(lengthPenalty) && lengthPenalty >= 0,
        "lengthPenalty must not be negative, but is " + lengthPenalty);
    require(sampling == null || beams == 1, "sampling needs beams = 1, but beams is " + beams);
    endTokens = Set.copyOf(endTokens);
  }

  /**
   * Sampling from the next token's distribution, restricted and sharpened in this order, as in
   * Hugging Face's transformers.
   *
   * @param temperature divides the logits
   * @param topK the number of likeliest tokens that are kept; 0 for all
   * @param topP of these, the likeliest ones that together reach this probability are kept
   *     (Holtzman et al., <i>The Curious Case of Neural Text Degeneration</i>, ICLR 2020); 1 for
   *     all
   * @param seed of the random numbers; each prompt has its own by its place
   */
  public record Sampling(double temperature, int topK, double topP, long seed) {
    /** Checks every setting. */
    public Sampling {
      require(
          Double.isFinite(temperature) && temperature > 0,
          "temperature must be positive, but is " + temperature);
      require(topK >= 0, "topK must not be negative, but is " + topK);
      require(topP > 0 && topP <= 1, "topP must be more than 0 and at most 1, but is " + topP);
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** The likeliest token at each step. */
  public static Decoding greedy(int maxNewTokens) {
    return new Decoding(maxNewTokens, Set.of(), 0, 1, 0, null);
  }

  /** Tokens at random. */
  public static Decoding sampled(int maxNewTokens, Sampling sampling) {
    return new Decoding(maxNewTokens, Set.of(), 0, 1, 0, sampling);
  }

  /** The best of this many hypotheses at a time, by the mean of their tokens' logarithms. */
  public static Decoding beam(int maxNewTokens, int beams) {
    return new Decoding(maxNewTokens, Set.of(), 0, beams, 1, null);
  }

  /**
   * As in LoRA and NOLA (ICLR 2024) for data-to-text generation with GPT-2: 10 beams, at most 64
   * tokens, length penalty 0.8, no sequence of 4 tokens twice, ended by {@link #END_OF_TEXT} or
   * {@link #BLANK_LINE}.
   */
  public static Decoding nola() {
    return new Decoding(64, Set.of(END_OF_TEXT, BLANK_LINE), 4, 10, 0.8, null);
  }

  /** Returns a copy with other end tokens. */
  public Decoding withEndTokens(Set<Integer> endTokens) {
    return new Decoding(maxNewTokens, endTokens, noRepeatNgram, beams, lengthPenalty, sampling);
  }

  /** Returns a copy with another length that is not repeated. */
  public Decoding withNoRepeatNgram(int noRepeatNgram) {
    return new Decoding(maxNewTokens, endTokens, noRepeatNgram, beams, lengthPenalty, sampling);
  }

  /** Returns a copy with another length penalty. */
  public Decoding withLengthPenalty(double lengthPenalty) {
    return new Decoding(maxNewTokens, endTokens, noRepeatNgram, beams, lengthPenalty, sampling);
  }
}
