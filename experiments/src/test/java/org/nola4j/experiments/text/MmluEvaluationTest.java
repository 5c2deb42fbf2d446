// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.datasets.text.Mmlu;
import org.nola4j.datasets.text.MmluQuestion;
import org.nola4j.experiments.SharedFiles;
import org.nola4j.experiments.common.UserException;
import org.nola4j.models.text.TextTokenizer;

@Tag("slow")
class MmluEvaluationTest {
  private static final String PROMPT =
      "A question.\n\nWhich?\nA. one\nB. two\nC. three\nD. four\nAnswer:";

  private static TextTokenizer tokenizer() throws IOException {
    return TextTokenizer.ofSentencePieces(SharedFiles.find("data/stories260k/tok512.bin"), 1 << 20);
  }

  private static ComputationGraph stories() throws IOException {
    return PretrainedDecoder.read(SharedFiles.find("data/stories260k/stories260K.bin"));
  }

  @Test
  void theAnswerIsTheLikeliestOfFourTokens() throws IOException {
    ComputationGraph network = stories();
    try (TextTokenizer tokenizer = tokenizer()) {
      MmluEvaluation evaluation = new MmluEvaluation(network, tokenizer);
      int prompt = tokenizer.encode(List.of(PROMPT)).get(0).length;
      String best = "";
      double most = Double.NEGATIVE_INFINITY;
      for (String answer : Mmlu.ANSWERS) {
        double score =
            score(network, tokenizer.encode(List.of(PROMPT + " " + answer)).get(0), prompt);
        best = score > most ? answer : best;
        most = Math.max(most, score);
      }
      assertEquals(best, evaluation.answer(PROMPT));
      String found = best;
      List<MmluEvaluation.Subject> subjects =
          evaluation.ask(
              List.of(
                  new MmluQuestion("b", PROMPT, found),
                  new MmluQuestion("a", PROMPT, found.equals("A") ? "B" : "A"),
                  new MmluQuestion("b", PROMPT, found)));
      assertEquals(
          List.of(new MmluEvaluation.Subject("a", 1, 0), new MmluEvaluation.Subject("b", 2, 2)),
          subjects);
      assertEquals(0.5, MmluEvaluation.mean(subjects));
      assertEquals(0, evaluation.cut());
    }
  }

  /** The logarithm of the probability of the tokens from a place on, by one pass over all. */
  private static double score(ComputationGraph network, int[] tokens, int from) {
    float[] ids = new float[tokens.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = tokens[i];
    }
    INDArray logits = network.outputSingle(Nd4j.createFromArray(new float[][] {ids})).slice(0);
    double sum = 0;
    for (int i = from; i < tokens.length; i++) {
      double[] row = logits.getRow(i - 1).toDoubleVector();
      sum += row[tokens[i]] - Math.log(Arrays.stream(row).map(Math::exp).sum());
    }
    return sum;
  }

  @Test
  void longPromptsLoseTheirBeginning() throws IOException {
    try (TextTokenizer tokenizer = tokenizer()) {
      MmluEvaluation evaluation = new MmluEvaluation(stories(), tokenizer);
      char[] spaces = new char[2000];
      Arrays.fill(spaces, 'x');
      String answer = evaluation.answer(new String(spaces) + PROMPT);
      assertTrue(Mmlu.ANSWERS.contains(answer), answer);
      assertEquals(1, evaluation.cut());
    }
  }

  @Test
  void wrongFilesAreNamed() {
    Path other = SharedFiles.find("fixtures/llama-tiny.io.safetensors");
    String message =
        assertThrows(UserException.class, () -> PretrainedDecoder.read(other, null, 0))
            .getMessage();
    assertTrue(message.contains("a GPT-2"), message);
  }
}
