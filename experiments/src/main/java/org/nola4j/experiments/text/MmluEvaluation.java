// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.datasets.text.Mmlu;
import org.nola4j.datasets.text.MmluQuestion;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.transformer.CachedDecoder;

/**
 * Asks a language model the questions of MMLU as QLoRA (Dettmers et al., NeurIPS 2023) does: the
 * answer is that of the tokens A, B, C and D which is likeliest after the prompt. Where a small
 * vocabulary writes one in several tokens, their probabilities are multiplied. Prompts that are too
 * long lose their beginning, but for a token that marks it.
 */
public final class MmluEvaluation {
  private static final String CUE = "Answer:";

  private final CachedDecoder decoder;
  private final TextTokenizer tokenizer;
  private final int begin;

  /** The tokens of each answer. */
  private final List<int[]> answers = new ArrayList<>();

  private final int longest;
  private int cut;

  /**
   * Of a model.
   *
   * @throws UserException if its tokenizer does not write the answers as tokens of their own
   */
  public MmluEvaluation(ComputationGraph network, TextTokenizer tokenizer) {
    this.decoder = CachedDecoder.of(network);
    this.tokenizer = tokenizer;
    this.begin = tokenizer.encode(List.of("")).get(0).length;
    int[] cue = tokenizer.encode(List.of(CUE)).get(0);
    for (String answer : Mmlu.ANSWERS) {
      int[] whole = tokenizer.encode(List.of(CUE + " " + answer)).get(0);
      if (whole.length <= cue.length || !Arrays.equals(Arrays.copyOf(whole, cue.length), cue)) {
        throw new UserException(
            "MMLU needs a tokenizer whose \"%s %s\" is \"%s\" and further tokens"
                .formatted(CUE, answer, CUE));
      }
      answers.add(Arrays.copyOfRange(whole, cue.length, whole.length));
    }
    this.longest = answers.stream().mapToInt(tokens -> tokens.length).max().orElse(1);
  }

  /**
   * What a model knows of a subject.
   *
   * @param questions asked
   * @param right answers
   */
  public record Subject(String name, int questions, int right) {
    /** The fraction of right answers. */
    public double accuracy() {
      return (double) right / questions;
    }
  }

  /**
   * Asks questions.
   *
   * @return the results of each subject, in alphabetical order
   */
  public List<Subject> ask(List<MmluQuestion> questions) {
    Map<String, Subject> subjects = new TreeMap<>();
    for (MmluQuestion question : questions) {
      int right = answer(question.prompt()).equals(question.answer()) ? 1 : 0;
      subjects.merge(
          question.subject(),
          new Subject(question.subject(), 1, right),
          (a, b) -> new Subject(a.name(), a.questions() + b.questions(), a.right() + b.right()));
    }
    return new ArrayList<>(subjects.values());
  }

  /** The mean over the subjects, each of which counts the same. */
  public static double mean(List<Subject> subjects) {
    return subjects.stream().mapToDouble(Subject::accuracy).average().orElse(Double.NaN);
  }

  /** How many prompts were too long for the model so far. */
  public int cut() {
    return cut;
  }

  /** The likeliest answer. */
  String answer(String prompt) {
    double[] scores = scores(shortened(tokenizer.encode(List.of(prompt)).get(0)));
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return Mmlu.ANSWERS.get(best);
  }

  /** The logarithm of each answer's probability. */
  private double[] scores(int[] prompt) {
    double[] scores = new double[answers.size()];
    int[] rows = new int[scores.length];
    INDArray next = decoder.start(List.of(prompt));
    for (int place = 0; place < longest; place++) {
      int at = place;
      int[] open =
          IntStream.range(0, scores.length).filter(i -> answers.get(i).length > at).toArray();
      if (place > 0) {
        int[] parents = IntStream.of(open).map(i -> rows[i]).toArray();
        next = decoder.next(parents, IntStream.of(open).map(i -> answers.get(i)[at - 1]).toArray());
        IntStream.range(0, open.length).forEach(row -> rows[open[row]] = row);
      }
      for (int i : open) {
        scores[i] += next.getDouble(rows[i], answers.get(i)[place]);
      }
    }
    return scores;
  }

  private int[] shortened(int[] tokens) {
    int most = decoder.maxTokens() - longest + 1;
    if (tokens.length <= most) {
      return tokens;
    }
    cut++;
    int[] end = Arrays.copyOfRange(tokens, tokens.length - most, tokens.length);
    System.arraycopy(tokens, 0, end, 0, begin);
    return end;
  }
}
