// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The hypotheses for one prompt, in the order of decisions of LoRA's program for GPT-2, which NOLA
 * (ICLR 2024) uses: of all continuations of open hypotheses the best {@code beams} by the sum of
 * logarithms remain; those that end leave the beam, and the one with the best score ever wins.
 */
final class Beam {
  /**
   * A text that is being written.
   *
   * @param tokens so far
   * @param sum of their logarithms
   * @param parent its place among the open hypotheses of the step before
   */
  record Hypothesis(List<Integer> tokens, double sum, int parent) {
    private Hypothesis continued(int token, double logarithm, int place) {
      List<Integer> longer = new ArrayList<>(tokens);
      longer.add(token);
      return new Hypothesis(longer, sum + logarithm, place);
    }

    int last() {
      return tokens.get(tokens.size() - 1);
    }
  }

  private final Decoding decoding;
  private List<Hypothesis> open = List.of(new Hypothesis(List.of(), 0, 0));
  private Continuation best;

  Beam(Decoding decoding) {
    this.decoding = decoding;
  }

  /** The hypotheses that go on. */
  List<Hypothesis> open() {
    return open;
  }

  /** The best that was seen. */
  Continuation best() {
    return best;
  }

  /**
   * One step.
   *
   * @param next with the open hypotheses' rows from {@code row} on
   */
  void advance(NextTokens next, int row) {
    List<Hypothesis> candidates = new ArrayList<>();
    for (int i = 0; i < open.size(); i++) {
      Hypothesis hypothesis = open.get(i);
      next.excludeRepetitions(row + i, hypothesis.tokens(), decoding.noRepeatNgram());
      for (int token : next.best(row + i, decoding.beams())) {
        double logarithm = next.logarithm(row + i, token);
        if (logarithm > Double.NEGATIVE_INFINITY) {
          candidates.add(hypothesis.continued(token, logarithm, i));
        }
      }
    }
    candidates.sort(Comparator.comparingDouble(candidate -> -candidate.sum()));
    List<Hypothesis> kept = candidates.subList(0, Math.min(decoding.beams(), candidates.size()));
    open = new ArrayList<>();
    for (Hypothesis each : kept) {
      boolean ended = decoding.endTokens().contains(each.last());
      if (ended || each.tokens().size() == decoding.maxNewTokens()) {
        offer(each, ended);
      } else {
        open.add(each);
      }
    }
    if (best != null && open.stream().noneMatch(this::canWin)) {
      open = List.of();
    }
  }

  private void offer(Hypothesis hypothesis, boolean ended) {
    double score = score(hypothesis.sum(), hypothesis.tokens().size());
    if (best == null || score > best.score()) {
      best = new Continuation(hypothesis.tokens(), score, ended);
    }
  }

  private double score(double sum, int tokens) {
    return sum / Math.pow(tokens, decoding.lengthPenalty());
  }

  /** Sums only fall, so that none scores higher than its present sum at the greatest length. */
  private boolean canWin(Hypothesis hypothesis) {
    return score(hypothesis.sum(), decoding.maxNewTokens()) > best.score();
  }
}
