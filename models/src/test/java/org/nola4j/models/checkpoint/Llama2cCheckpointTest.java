// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.SharedFiles;
import org.nola4j.models.generation.Decoding;
import org.nola4j.models.generation.Generator;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.reparameterization.Nola;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

@Tag("slow")
class Llama2cCheckpointTest {
  private static final int BEGIN = 1;
  private static final int STEPS = 200;

  /** The text of llama2.c's own test, test_all.py: 200 steps, always the likeliest token. */
  private static final String PUBLISHED =
      """
      Once upon a time, there was a little girl named Lily. She loved to play outside in the park. \
      One day, she saw a big, red ball. She wanted to play with it, but it was too high.
      Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. \
      She said, "I want to play with your ball, but I can't find it."
      Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
      Lily didn't want to help her mom, so she\
      """;

  private static Path stories() {
    return SharedFiles.find("data/stories260k/stories260K.bin");
  }

  @Test
  void theStoryIsThePublishedOne() throws IOException {
    Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(stories());
    ComputationGraph network = checkpoint.model().build().init();
    checkpoint.readInto(network);
    float[] tokens = new float[STEPS]; // what follows a token does not change what it gives
    tokens[0] = BEGIN;
    int[] story = new int[STEPS];
    for (int step = 0; step < STEPS; step++) {
      INDArray input = Nd4j.createFromArray(tokens).reshape(1, STEPS);
      story[step] = network.outputSingle(input).slice(0).getRow(step).argMax().getInt(0);
      if (step + 1 < STEPS) {
        tokens[step + 1] = story[step];
      }
    }
    int[] cached =
        Generator.of(network)
            .generate(List.of(new int[] {BEGIN}), Decoding.greedy(STEPS))
            .get(0)
            .text();
    assertArrayEquals(story, cached);
    Path vocabulary = SharedFiles.find("data/stories260k/tok512.bin");
    try (TextTokenizer tokenizer = TextTokenizer.ofSentencePieces(vocabulary, 512)) {
      assertEquals(PUBLISHED, tokenizer.decode(story));
    }
  }

  /** Its rotary pairs are neighbors, Hugging Face's are halves. */
  @Test
  void computesTheSameAsHuggingFacesFile(@TempDir Path folder) throws IOException {
    Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(stories());
    ComputationGraph network = checkpoint.model().build().init();
    checkpoint.readInto(network);
    LlamaCheckpoint.write(network, folder.resolve("model.safetensors"), TensorType.F32);
    try (LlamaCheckpoint written = LlamaCheckpoint.open(folder)) {
      ComputationGraph again = written.model().build().init();
      written.readInto(again);
      INDArray tokens = Nd4j.createFromArray(new float[][] {{1, 403, 407, 261, 378, 80}});
      INDArray expected = network.outputSingle(tokens);
      double far = again.outputSingle(tokens).distance2(expected);
      assertEquals(0, far / expected.norm2Number().doubleValue(), 1e-5);
    }
  }

  /** 8-bit weights, with embedding and head in bfloat16, against float32: docs/adapters.md. */
  @Test
  void eightBitsMoveLogitsAndLossLittle() throws IOException {
    Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(stories());
    ComputationGraph network = checkpoint.model().build().init();
    checkpoint.readInto(network);
    AdapterPlan plan = AdapterPlan.builder().trainNothing().frozenBits(8).build();
    ComputationGraph rounded =
        Adapters.read(checkpoint.model().build().conf(), checkpoint.parameters(), plan).network();
    Path vocabulary = SharedFiles.find("data/stories260k/tok512.bin");
    int[] story;
    try (TextTokenizer tokenizer = TextTokenizer.ofSentencePieces(vocabulary, 512)) {
      story = tokenizer.encode(List.of(PUBLISHED)).get(0);
    }
    float[] read = new float[story.length - 1];
    float[] next = new float[read.length];
    for (int i = 0; i < read.length; i++) {
      read[i] = story[i];
      next[i] = story[i + 1];
    }
    INDArray tokens = Nd4j.createFromArray(new float[][] {read});
    INDArray difference =
        Transforms.abs(rounded.outputSingle(tokens).sub(network.outputSingle(tokens)));
    DataSet data = new DataSet(tokens, Nd4j.createFromArray(new float[][] {next}));
    double loss = network.score(data);
    double moved = rounded.score(data) - loss;
    double mean = difference.meanNumber().doubleValue();
    double most = difference.maxNumber().doubleValue();
    String found = "logits %.4f, at most %.4f; loss %.5f, %+.5f".formatted(mean, most, loss, moved);
    assertTrue(mean > 1e-3 && mean < 0.1 && most < 1, found);
    assertTrue(Math.abs(moved) < 0.02 && moved != 0, found);
  }

  /** The network that was never whole in memory is that of the whole one's rounded weights. */
  @Test
  void weightsGoIntoEightBitsOneAtATime() throws IOException {
    Llama2cCheckpoint checkpoint = Llama2cCheckpoint.open(stories());
    ComputationGraph network = checkpoint.model().build().init();
    checkpoint.readInto(network);
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block.*", w0 -> Nola.on(w0, 2, 5, 5))
            .updater(new Adam(0.01))
            .frozenBits(8)
            .build();
    Adapters<ComputationGraph> whole = Adapters.wrap(network, plan);
    Adapters<ComputationGraph> read =
        Adapters.read(checkpoint.model().build().conf(), checkpoint.parameters(), plan);
    INDArray tokens = Nd4j.createFromArray(new float[][] {{1, 403, 407, 261, 378}});
    INDArray next = Nd4j.createFromArray(new float[][] {{403, 407, 261, 378, 13}});
    for (int step = 0; step < 2; step++) {
      assertEquals(whole.network().outputSingle(tokens), read.network().outputSingle(tokens));
      whole.network().fit(new DataSet(tokens, next));
      read.network().fit(new DataSet(tokens, next));
    }
    Adapters<ComputationGraph> applied =
        Adapters.read(checkpoint.model().build().conf(), checkpoint.parameters(), read.adapter());
    assertEquals(read.network().outputSingle(tokens), applied.network().outputSingle(tokens));
  }

  @Test
  void damagedFilesAreNamed(@TempDir Path folder) throws IOException {
    byte[] all = Files.readAllBytes(stories());
    Path file = folder.resolve("model.bin");
    Files.write(file, Arrays.copyOf(all, all.length - 4));
    String message =
        assertThrows(FileFormatException.class, () -> Llama2cCheckpoint.open(file)).getMessage();
    assertTrue(message.contains("numbers"), message);
    Files.write(file, new byte[40]);
    message =
        assertThrows(FileFormatException.class, () -> Llama2cCheckpoint.open(file)).getMessage();
    assertTrue(message.contains("header"), message);
    ByteBuffer header = ByteBuffer.wrap(all.clone()).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, header.putInt(8, Integer.MAX_VALUE).array()); // blocks, no list of which fits
    message =
        assertThrows(FileFormatException.class, () -> Llama2cCheckpoint.open(file)).getMessage();
    assertTrue(message.contains("numbers"), message);
  }
}
