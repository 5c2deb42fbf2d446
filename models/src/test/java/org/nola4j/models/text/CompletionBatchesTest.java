// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.models.SharedFiles;

class CompletionBatchesTest {
  private static final int END = 9;

  private static CompletionTokens sample(int context, int completion, int most) {
    int[] first = IntStream.rangeClosed(1, context).toArray();
    int[] second = IntStream.rangeClosed(11, 10 + completion).toArray();
    return CompletionTokens.of(first, second, END, most);
  }

  @Test
  void theLayoutIsLoras() {
    CompletionTokens sample = sample(2, 3, 20);
    assertArrayEquals(new int[] {1, 2, END, 11, 12, 13, END}, sample.tokens());
    assertEquals(3, sample.predictedFrom());
    DataSet batch =
        new CompletionBatches(List.of(sample, sample(1, 1, 20)), 2).batch(new int[] {0, 1});
    assertArrayEquals(
        new float[][] {{1, 2, END, 11, 12, 13}, {1, END, 11, 0, 0, 0}},
        batch.getFeatures().toFloatMatrix());
    assertArrayEquals(
        new float[][] {{2, END, 11, 12, 13, END}, {END, 11, END, 0, 0, 0}},
        batch.getLabels().toFloatMatrix());
    assertArrayEquals(
        new float[][] {{1, 1, 1, 1, 1, 1}, {1, 1, 1, 0, 0, 0}},
        batch.getFeaturesMaskArray().toFloatMatrix());
    assertArrayEquals(
        new float[][] {{0, 0, 1, 1, 1, 1}, {0, 1, 1, 0, 0, 0}},
        batch.getLabelsMaskArray().toFloatMatrix());
  }

  @Test
  void longSamplesAreCutOffAtTheirEnd() {
    CompletionTokens sample = sample(2, 3, 5);
    assertArrayEquals(new int[] {1, 2, END, 11, 12}, sample.tokens());
    assertArrayEquals(new int[] {1, 2}, sample(2, 3, 2).tokens());
    DataSet nothing = new CompletionBatches(List.of(sample(2, 3, 2)), 1).batch(new int[] {0});
    assertEquals(0, nothing.getLabelsMaskArray().sumNumber().intValue());
  }

  @Test
  void anEpochHasEverySampleOnceInBatchesOfSimilarLengths() {
    Random random = new Random(1);
    List<CompletionTokens> samples = new ArrayList<>();
    for (int i = 0; i < 1003; i++) {
      samples.add(sample(1 + random.nextInt(40), 1 + random.nextInt(40), 100));
    }
    CompletionBatches batches = new CompletionBatches(samples, 8);
    int[] order = shuffled(1003, random);
    List<int[]> epoch = batches.epoch(order);
    assertEquals(126, epoch.size());
    assertArrayEquals(
        IntStream.range(0, 1003).toArray(),
        epoch.stream().flatMapToInt(IntStream::of).sorted().toArray());
    assertTrue(batches.padding(epoch) < 0.03, "" + batches.padding(epoch));
    List<int[]> again = batches.epoch(order);
    for (int i = 0; i < epoch.size(); i++) {
      assertArrayEquals(epoch.get(i), again.get(i));
    }
    // Short batches do not come first: lengths of neighbors are as good as independent.
    double jumps = 0;
    for (int i = 1; i < 100; i++) {
      jumps += Math.abs(length(samples, epoch.get(i)) - length(samples, epoch.get(i - 1)));
    }
    assertTrue(jumps / 99 > 8, "" + jumps / 99);
  }

  private static int length(List<CompletionTokens> samples, int[] batch) {
    return samples.get(batch[0]).inputs();
  }

  private static int[] shuffled(int size, Random random) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(order, random);
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void littleOfE2eIsPadding() throws IOException {
    byte[] bytes = BytePairs.contents(SharedFiles.find("data/nlg/e2e/test.txt.gz"));
    List<String[]> lines =
        new String(bytes, StandardCharsets.UTF_8)
            .lines()
            .map(line -> line.split("\\|\\|", 2))
            .toList();
    List<CompletionTokens> samples;
    try (TextTokenizer tokenizer = TextTokenizer.in(SharedFiles.find("data/gpt2-bpe"), 512)) {
      samples =
          CompletionTokens.encode(
              tokenizer,
              lines.stream().map(line -> line[0]).toList(),
              lines.stream().map(line -> line[1].strip()).toList(),
              50256,
              512);
    }
    CompletionBatches batches = new CompletionBatches(samples, 8);
    int[] order = shuffled(samples.size(), new Random(1));
    double padding = batches.padding(batches.epoch(order));
    double unsorted =
        batches.padding(
            IntStream.range(0, order.length / 8)
                .mapToObj(
                    i -> IntStream.range(8 * i, 8 * i + 8).map(place -> order[place]).toArray())
                .toList());
    assertEquals(0.006, padding, 0.001);
    assertEquals(0.205, unsorted, 0.005);
  }

  @Test
  void sizesMustBePositive() {
    assertEquals(
        "a batch must have at least 1 sample, but size is 0",
        assertThrows(IllegalArgumentException.class, () -> new CompletionBatches(List.of(), 0))
            .getMessage());
  }
}
