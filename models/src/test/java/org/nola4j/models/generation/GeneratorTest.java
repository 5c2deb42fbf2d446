// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.internal.io.Resources;
import org.nola4j.models.Gpt2;
import org.nola4j.models.TinyGpt2;
import org.nola4j.models.generation.Decoding.Sampling;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

class GeneratorTest {
  private static final int WORDS = 11;
  private static final List<int[]> PROMPTS =
      List.of(new int[] {1, 2, 3}, new int[] {7}, new int[] {10, 0, 4, 4, 9});

  /** Random, with weights large enough that texts differ. */
  private static ComputationGraph network() {
    ComputationGraph network =
        Gpt2.sized(16, 2).heads(2).vocabularySize(WORDS).maxPositions(24).seed(3).build().init();
    network.params().muli(2.5);
    return network;
  }

  // ---------------------------------------------------------------- against transformers

  private static int[] numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static List<Integer> list(JsonNode array) {
    return IntStream.of(numbers(array)).boxed().toList();
  }

  @Test
  void textsAreThoseOfTransformers(@TempDir Path folder) throws IOException {
    Generator generator = Generator.of(TinyGpt2.network(folder));
    JsonNode texts = new ObjectMapper().readTree(Resources.read("gpt2/tiny-generation.json"));
    List<int[]> prompts = new ArrayList<>();
    texts.forEach(text -> prompts.add(numbers(text.get("prompt"))));
    assertEqual(texts, "greedy", generator.generate(prompts, Decoding.greedy(12)));
    for (int ngram : new int[] {2, 3}) {
      Decoding decoding = Decoding.greedy(12).withNoRepeatNgram(ngram);
      assertEqual(texts, "greedyNoRepeat" + ngram, generator.generate(prompts, decoding));
    }
    for (int beams : new int[] {2, 4, 10}) {
      List<Continuation> found = generator.generate(prompts, Decoding.beam(12, beams));
      assertEqual(texts, "beam" + beams, found);
      for (int i = 0; i < prompts.size(); i++) {
        double score = texts.get(i).get("score" + beams).asDouble();
        assertEquals(score, found.get(i).score(), 1e-4);
      }
    }
  }

  private static void assertEqual(JsonNode texts, String key, List<Continuation> found) {
    for (int i = 0; i < texts.size(); i++) {
      assertEquals(list(texts.get(i).get(key)), found.get(i).tokens(), key + " of text " + i);
    }
  }

  // ---------------------------------------------------------------- against a plain search

  /** Log-probabilities of the next token from a pass over the whole text. */
  private static double[] next(
      ComputationGraph network, int[] prompt, List<Integer> written, int ngram) {
    float[] ids = new float[prompt.length + written.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i < prompt.length ? prompt[i] : written.get(i - prompt.length);
    }
    INDArray logits = network.outputSingle(Nd4j.createFromArray(new float[][] {ids}));
    double[] last = logits.slice(0).getRow(ids.length - 1).toDoubleVector();
    Set<List<Integer>> seen = new HashSet<>();
    for (int i = 0; ngram > 0 && i + ngram <= written.size(); i++) {
      seen.add(written.subList(i, i + ngram));
    }
    double sum = 0;
    for (int token = 0; token < last.length; token++) {
      List<Integer> end = extended(written, token);
      end = end.subList(Math.max(0, end.size() - ngram), end.size());
      last[token] = seen.contains(end) ? Double.NEGATIVE_INFINITY : last[token];
      sum += Math.exp(last[token]);
    }
    for (int token = 0; token < last.length; token++) {
      last[token] -= Math.log(sum);
    }
    return last;
  }

  private static List<Integer> extended(List<Integer> written, int token) {
    List<Integer> longer = new ArrayList<>(written);
    longer.add(token);
    return longer;
  }

  private record Text(List<Integer> tokens, double sum) {
    double score(double penalty) {
      return sum / Math.pow(tokens.size(), penalty);
    }
  }

  /** The beam search of LoRA's program, without a cache and without an early end. */
  private static Text search(ComputationGraph network, int[] prompt, Decoding decoding) {
    List<Text> open = List.of(new Text(List.of(), 0));
    Text best = null;
    for (int step = 1; step <= decoding.maxNewTokens(); step++) {
      List<Text> all = new ArrayList<>();
      for (Text text : open) {
        double[] next = next(network, prompt, text.tokens(), decoding.noRepeatNgram());
        for (int token = 0; token < WORDS; token++) {
          all.add(new Text(extended(text.tokens(), token), text.sum() + next[token]));
        }
      }
      all.sort(Comparator.comparingDouble(text -> -text.sum()));
      List<Text> still = new ArrayList<>();
      for (Text text : all.subList(0, Math.min(decoding.beams(), all.size()))) {
        boolean ended = decoding.endTokens().contains(text.tokens().get(step - 1));
        if (!ended) {
          still.add(text);
        }
        double score = text.score(decoding.lengthPenalty());
        if ((ended || step == decoding.maxNewTokens())
            && (best == null || score > best.score(decoding.lengthPenalty()))) {
          best = text;
        }
      }
      open = still;
    }
    return best;
  }

  @ParameterizedTest
  @CsvSource({"1, 0.8, 0", "3, 0.8, 0", "3, 0, 2", "4, 1.5, 2", "10, 0.8, 4", "10, 0.8, 1"})
  void beamsAreThoseOfAPlainSearch(int beams, double penalty, int ngram) {
    ComputationGraph network = network();
    Decoding decoding = new Decoding(8, Set.of(2, 5), ngram, beams, penalty, null);
    List<Continuation> found = Generator.of(network).generate(PROMPTS, decoding);
    for (int i = 0; i < PROMPTS.size(); i++) {
      Text expected = search(network, PROMPTS.get(i), decoding);
      assertEquals(expected.tokens(), found.get(i).tokens(), "prompt " + i);
      double score = beams == 1 ? expected.sum() : expected.score(penalty);
      assertEquals(score, found.get(i).score(), 1e-4);
      int last = expected.tokens().get(expected.tokens().size() - 1);
      assertEquals(decoding.endTokens().contains(last), found.get(i).ended());
    }
  }

  // ---------------------------------------------------------------- sampling

  @Tag("slow")
  @Test
  void samplingFollowsTheDistribution() {
    ComputationGraph network = network();
    List<int[]> prompts = IntStream.range(0, 2000).mapToObj(i -> PROMPTS.get(0)).toList();
    Sampling sampling = new Sampling(0.7, 0, 1, 5);
    double[] shares = new double[WORDS];
    for (Continuation each :
        Generator.of(network).generate(prompts, Decoding.sampled(1, sampling))) {
      shares[each.tokens().get(0)] += 1.0 / prompts.size();
    }
    double[] expected = next(network, PROMPTS.get(0), List.of(), 0);
    double sum = 0;
    for (int i = 0; i < WORDS; i++) {
      expected[i] = Math.exp(expected[i] / 0.7);
      sum += expected[i];
    }
    for (int i = 0; i < WORDS; i++) {
      assertEquals(expected[i] / sum, shares[i], 0.05, "token " + i);
    }
  }

  @Test
  void samplingKeepsToTheLikeliestTokens() {
    ComputationGraph network = network();
    double[] next = next(network, PROMPTS.get(0), List.of(), 0);
    List<Integer> order =
        IntStream.range(0, WORDS)
            .boxed()
            .sorted(Comparator.comparingDouble(token -> -next[token]))
            .toList();
    List<int[]> prompts = IntStream.range(0, 400).mapToObj(i -> PROMPTS.get(0)).toList();
    double two = Math.exp(next[order.get(0)]) + Math.exp(next[order.get(1)]);
    for (Sampling sampling :
        new Sampling[] {
          new Sampling(1, 3, 1, 1), // three likeliest
          new Sampling(1, 0, two + 1e-4, 1) // the third one is needed to reach the sum
        }) {
      Set<Integer> drawn = new HashSet<>();
      Generator.of(network)
          .generate(prompts, Decoding.sampled(1, sampling))
          .forEach(each -> drawn.add(each.tokens().get(0)));
      assertEquals(Set.copyOf(order.subList(0, 3)), drawn, sampling.toString());
    }
  }

  @Test
  void seedsDecide() {
    Generator generator = Generator.of(network());
    Decoding one = Decoding.sampled(10, new Sampling(1, 0, 1, 1));
    List<Continuation> texts = generator.generate(PROMPTS, one);
    assertEquals(texts, generator.generate(PROMPTS, one));
    assertNotEquals(
        texts, generator.generate(PROMPTS, Decoding.sampled(10, new Sampling(1, 0, 1, 2))));
  }

  // ---------------------------------------------------------------- batches, adapters

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void eachPromptGetsItsOwnText(int beams) {
    Generator generator = Generator.of(network());
    Decoding decoding = new Decoding(8, Set.of(2), 3, beams, 0.8, null);
    List<Continuation> together = generator.generate(PROMPTS, decoding);
    for (int i = 0; i < PROMPTS.size(); i++) {
      Continuation alone = generator.generate(List.of(PROMPTS.get(i)), decoding).get(0);
      assertEquals(alone.tokens(), together.get(i).tokens());
    }
    assertEquals(List.of(), generator.generate(List.of(), decoding));
  }

  @Tag("slow")
  @Test
  void adaptedMergedAndBanksNetworksWriteTheSame() {
    ComputationGraph base = network();
    AdapterPlan plan =
        AdapterPlan.builder().adapt("block.\\.[qv]", w0 -> Nola.on(w0, 4, 20, 20)).build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan);
    ComputationGraph wrapped = adapters.network();
    for (int i = 0; i < wrapped.params().length(); i++) {
      wrapped.params().putScalar(i, Math.sin(i) * 20);
    }
    Decoding decoding = new Decoding(8, Set.of(2), 3, 3, 0.8, null);
    List<List<Integer>> expected = texts(wrapped, decoding);
    assertNotEquals(texts(base, decoding), expected);
    assertEquals(expected, texts(adapters.merge(), decoding));
    AdapterBank<ComputationGraph> bank = AdapterBank.of(wrapped).build();
    bank.put("task", adapters.adapter());
    wrapped.params().muli(0);
    bank.put("none", adapters.adapter());
    assertEquals(expected, bank.use("task", network -> texts(network, decoding)));
    assertEquals(texts(base, decoding), bank.use("none", network -> texts(network, decoding)));
  }

  private static List<List<Integer>> texts(ComputationGraph network, Decoding decoding) {
    return Generator.of(network).generate(PROMPTS, decoding).stream()
        .map(Continuation::tokens)
        .toList();
  }

  @Test
  void whatIsWrongIsNamed() {
    Generator generator = Generator.of(network());
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> generator.generate(PROMPTS, Decoding.greedy(20)))
            .getMessage();
    assertTrue(message.contains("prompt 2 has 5 tokens"), message);
    Decoding each = Decoding.greedy(12).withNoRepeatNgram(1);
    message =
        assertThrows(IllegalArgumentException.class, () -> generator.generate(PROMPTS, each))
            .getMessage();
    assertTrue(message.contains("leaves none of the 11 words"), message);
    assertThrows(IllegalArgumentException.class, () -> Decoding.greedy(0));
    assertThrows(IllegalArgumentException.class, () -> new Sampling(0, 0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 1.5, 1));
  }

  /** More tokens than are found by insertion. */
  @Test
  void theBestOfManyTokensAreSorted() {
    int words = 1000;
    float[] values = new float[words];
    for (int i = 0; i < words; i++) {
      values[i] = (float) -((i * 7919) % 503);
    }
    NextTokens next = new NextTokens(words);
    next.read(Nd4j.createFromArray(new float[][] {values}));
    int[] many = next.best(0, 400);
    int[] few = next.best(0, 100);
    for (int i = 1; i < many.length; i++) {
      float before = values[many[i - 1]];
      assertTrue(before > values[many[i]] || (before == values[many[i]] && many[i - 1] < many[i]));
      assertTrue(i >= few.length || few[i] == many[i]);
    }
  }

  @Test
  void theContinuationsTextHasNoEndToken() {
    assertEquals(2, new Continuation(List.of(4, 5, 2), -1, true).text().length);
    assertEquals(3, new Continuation(List.of(4, 5, 6), -1, false).text().length);
  }
}
