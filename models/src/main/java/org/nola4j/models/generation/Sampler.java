// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import java.util.SplittableRandom;
import org.nola4j.basis.Seeds;
import org.nola4j.models.generation.Decoding.Sampling;

/** Draws one text's tokens. */
final class Sampler {
  private final Sampling sampling;
  private final SplittableRandom random;

  /**
   * @param text its place among the prompts
   */
  Sampler(Sampling sampling, int text) {
    this.sampling = sampling;
    this.random = new SplittableRandom(Seeds.derive(sampling.seed(), text));
  }

  /**
   * Draws a token.
   *
   * @param row the text's place in {@code next}
   */
  int draw(NextTokens next, int row, int words) {
    boolean all = sampling.topK() == 0 && sampling.topP() == 1;
    int kept = sampling.topK() == 0 ? words : Math.min(words, sampling.topK());
    int[] tokens = all ? null : next.best(row, kept);
    double[] weights = new double[kept];
    double largest = next.logarithm(row, next.best(row, 1)[0]);
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      double logarithm = next.logarithm(row, tokens == null ? i : tokens[i]);
      weights[i] = Math.exp((logarithm - largest) / sampling.temperature());
      sum += weights[i];
    }
    int count = sampling.topP() == 1 ? kept : nucleus(weights, sum * sampling.topP());
    int drawn = draw(weights, count);
    return tokens == null ? drawn : tokens[drawn];
  }

  /** How many of the likeliest tokens reach a share. */
  private static int nucleus(double[] weights, double share) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      if (sum >= share) {
        return i + 1;
      }
    }
    return weights.length;
  }

  private int draw(double[] weights, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weights[i];
    }
    double left = random.nextDouble() * sum;
    int last = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] > 0) {
        last = i;
        left -= weights[i];
        if (left < 0) {
          return i;
        }
      }
    }
    return last; // by rounding
  }
}
