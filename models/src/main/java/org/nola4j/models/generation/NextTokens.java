// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/** The logarithms of the next token's probabilities of some texts. */
final class NextTokens {
  /** So many are found by insertion. */
  private static final int FEW = 128;

  private final int words;
  private float[] logarithms = new float[0];

  NextTokens(int words) {
    this.words = words;
  }

  /** Takes those of [texts, words]. */
  void read(INDArray logProbabilities) {
    int length = Math.toIntExact(logProbabilities.length());
    logarithms = logarithms.length == length ? logarithms : new float[length];
    HostArrays.read(logProbabilities, logarithms);
  }

  double logarithm(int text, int token) {
    return logarithms[text * words + token];
  }

  /**
   * Excludes tokens that would repeat a sequence; the others' probabilities then sum to one again.
   *
   * @param written by the model so far
   * @param ngram the length that is not repeated; 0 for none
   */
  void excludeRepetitions(int text, List<Integer> written, int ngram) {
    Set<Integer> banned = repetitions(written, ngram);
    if (banned.isEmpty()) {
      return;
    }
    if (banned.size() == words) {
      throw new IllegalArgumentException(
          "noRepeatNgram = %d leaves none of the %d words after %d tokens: write fewer"
              .formatted(ngram, words, written.size()));
    }
    double excluded = 0;
    for (int token : banned) {
      excluded += Math.exp(logarithm(text, token));
      logarithms[text * words + token] = Float.NEGATIVE_INFINITY;
    }
    double logRest = excluded < 0.5 ? Math.log1p(-excluded) : logSum(text);
    for (int i = text * words; i < (text + 1) * words; i++) {
      logarithms[i] -= (float) logRest;
    }
  }

  /** Where little probability is left, its complement would be too coarse. */
  private double logSum(int text) {
    double largest = logarithm(text, best(text, 1)[0]);
    double sum = 0;
    for (int i = text * words; i < (text + 1) * words; i++) {
      sum += Math.exp(logarithms[i] - largest);
    }
    return largest + Math.log(sum);
  }

  /** Tokens that would complete a sequence which was written before. */
  static Set<Integer> repetitions(List<Integer> written, int ngram) {
    Set<Integer> banned = new HashSet<>();
    int size = written.size();
    if (ngram == 0 || size < ngram) {
      return banned;
    }
    List<Integer> end = written.subList(size - ngram + 1, size);
    for (int i = 0; i + ngram <= size; i++) {
      if (written.subList(i, i + ngram - 1).equals(end)) {
        banned.add(written.get(i + ngram - 1));
      }
    }
    return banned;
  }

  /** The likeliest tokens, in descending order; of equal ones, that of the smaller number. */
  int[] best(int text, int count) {
    int size = Math.min(count, words);
    if (size > FEW) {
      return sorted(text, size);
    }
    int[] tokens = new int[size];
    float[] values = new float[size];
    Arrays.fill(values, Float.NEGATIVE_INFINITY);
    int begin = text * words;
    int found = 0;
    for (int token = 0; token < words; token++) {
      float value = logarithms[begin + token];
      if (found == size && value <= values[size - 1]) {
        continue;
      }
      int place = Math.min(found, size - 1);
      while (place > 0 && values[place - 1] < value) {
        values[place] = values[place - 1];
        tokens[place] = tokens[place - 1];
        place--;
      }
      values[place] = value;
      tokens[place] = token;
      found = Math.min(found + 1, size);
    }
    return tokens;
  }

  private int[] sorted(int text, int count) {
    long[] keys = new long[words];
    for (int token = 0; token < words; token++) {
      int bits = Float.floatToIntBits(logarithms[text * words + token]);
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[token] = ((long) ~ascending << Integer.SIZE) | token;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).limit(count).mapToInt(key -> (int) key).toArray();
  }
}
