// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.layers.Normals;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Steps from cached keys and values against passes over whole sequences. */
class CachedDecoderTest {
  private static final DataType FLOAT = DataType.FLOAT;
  private static final List<int[]> PROMPTS =
      List.of(new int[] {1}, new int[] {3, 3, 6, 0}, new int[] {5, 4});

  /** Log-probabilities of the token after a sequence, from the network's own output. */
  private static double[] expected(ComputationGraph graph, int[] sequence) {
    float[] ids = new float[sequence.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = sequence[i];
    }
    INDArray logits = graph.outputSingle(Nd4j.createFromArray(new float[][] {ids}));
    double[] last = logits.slice(0).getRow(ids.length - 1).toDoubleVector();
    double sum = Arrays.stream(last).map(Math::exp).sum();
    return Arrays.stream(last).map(each -> each - Math.log(sum)).toArray();
  }

  private static void assertEqual(
      ComputationGraph graph, List<int[]> sequences, INDArray logProbabilities) {
    assertEquals(sequences.size(), logProbabilities.size(0));
    for (int i = 0; i < sequences.size(); i++) {
      double[] found = logProbabilities.getRow(i).toDoubleVector();
      assertArrayEquals(
          expected(graph, sequences.get(i)), found, 1e-5, Arrays.toString(sequences.get(i)));
    }
  }

  private static ComputationGraph network(String kind) {
    if (kind.startsWith("llama")) {
      return llama(kind);
    }
    ComputationGraph dense = SmallDecoder.dense().graph(FLOAT);
    if (kind.equals("dense")) {
      return dense;
    }
    if (kind.equals("nola")) {
      return new SmallDecoder(Nola.scratch(2, 5, 4), false, 0).graph(FLOAT);
    }
    for (Insertion.Kind insertion : Insertion.Kind.values()) {
      if (kind.equals(insertion.name())) {
        return InsertionTest.network(FLOAT, insertion).network();
      }
    }
    AdapterPlan plan =
        AdapterPlan.builder().adapt("block1\\.[qv]", w0 -> Nola.on(w0, 2, 5, 4)).build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(dense, plan);
    ComputationGraph wrapped = adapters.network();
    wrapped.params().addi(Normals.of(FLOAT, 6, wrapped.params().shape()));
    return kind.equals("wrapped") ? wrapped : adapters.merge();
  }

  private static ComputationGraph llama(String kind) {
    boolean own = kind.equals("llama");
    ComputationGraph dense =
        LlamaBlockTest.graph(
            FLOAT, new Dense(), own ? 2 : 1, own ? RotaryPairs.NEIGHBORS : RotaryPairs.HALVES);
    if (!kind.endsWith("-bit")) {
      return dense;
    }
    if (kind.equals("llama-frozen-8-bit")) {
      return Adapters.wrap(dense, AdapterPlan.builder().trainNothing().frozenBits(8).build())
          .network();
    }
    ComputationGraph wrapped =
        Adapters.wrap(
                dense,
                AdapterPlan.builder()
                    .adapt("block.*", w0 -> Nola.on(w0, 2, 5, 4))
                    .frozenBits(8)
                    .build())
            .network();
    wrapped.params().addi(Normals.of(FLOAT, 6, wrapped.params().shape()));
    return wrapped;
  }

  /** Sequences of different lengths, which fork, end and begin anew. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dense",
        "nola",
        "wrapped",
        "merged",
        "LIN",
        "HOULSBY",
        "PREFIX",
        "llama",
        "llama-shared",
        "llama-8-bit",
        "llama-frozen-8-bit"
      })
  void stepsAreThoseOfWholeSequences(String kind) {
    ComputationGraph graph = network(kind);
    CachedDecoder decoder = CachedDecoder.of(graph);
    for (int repetition = 0; repetition < 2; repetition++) {
      List<int[]> sequences = PROMPTS;
      assertEqual(graph, sequences, decoder.start(sequences));
      int[][] parents = {{0, 1, 2}, {2, 0, 0}, {1, 1}};
      int[][] tokens = {{2, 5, 1}, {0, 6, 3}, {4, 2}};
      for (int step = 0; step < parents.length; step++) {
        sequences = continued(sequences, parents[step], tokens[step]);
        assertEqual(graph, sequences, decoder.next(parents[step], tokens[step]));
      }
    }
  }

  private static List<int[]> continued(List<int[]> sequences, int[] parents, int[] tokens) {
    List<int[]> result = new ArrayList<>();
    for (int i = 0; i < parents.length; i++) {
      int[] parent = sequences.get(parents[i]);
      int[] longer = Arrays.copyOf(parent, parent.length + 1);
      longer[parent.length] = tokens[i];
      result.add(longer);
    }
    return result;
  }

  /** As after another adapter was loaded. */
  @Test
  void changesOfParametersAreSeen() {
    ComputationGraph graph = network("wrapped");
    CachedDecoder decoder = CachedDecoder.of(graph);
    decoder.start(PROMPTS);
    graph.params().muli(-2);
    assertEqual(graph, PROMPTS, decoder.start(PROMPTS));
  }

  @Test
  void whatIsWrongIsNamed() {
    CachedDecoder decoder = CachedDecoder.of(network("dense"));
    assertMessage("got none", () -> decoder.start(List.of()));
    assertMessage("1 to 6 tokens", () -> decoder.start(List.of(new int[0])));
    assertMessage("would have 7", () -> decoder.start(List.of(new int[7])));
    assertMessage("sequence 0 has 7", () -> decoder.start(List.of(new int[] {7})));
    decoder.start(List.of(new int[6]));
    assertMessage("would have 7", () -> decoder.next(new int[1], new int[1]));
    ComputationGraph encoder = SmallText.mean(new Dense()).graph(FLOAT);
    assertMessage("\"embedding\" (TokenEmbedding)", () -> CachedDecoder.of(encoder));
  }

  private static void assertMessage(String part, Runnable code) {
    String message = assertThrows(IllegalArgumentException.class, code::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
