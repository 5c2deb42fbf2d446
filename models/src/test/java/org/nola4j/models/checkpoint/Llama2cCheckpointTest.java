// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.SharedFiles;

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
    String[] pieces = pieces(SharedFiles.find("data/stories260k/tok512.bin"), 512);
    StringBuilder text = new StringBuilder();
    float[] tokens = new float[STEPS]; // what follows a token does not change what it gives
    tokens[0] = BEGIN;
    for (int step = 0; step < STEPS; step++) {
      INDArray input = Nd4j.createFromArray(tokens).reshape(1, STEPS);
      int next = network.outputSingle(input).slice(0).getRow(step).argMax().getInt(0);
      text.append(step == 0 ? pieces[next].stripLeading() : pieces[next]);
      if (step + 1 < STEPS) {
        tokens[step + 1] = next;
      }
    }
    assertEquals(PUBLISHED, text.toString());
  }

  /** All of these are in ASCII. */
  private static String[] pieces(Path file, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.getInt();
    String[] pieces = new String[count];
    for (int i = 0; i < count; i++) {
      bytes.getFloat();
      byte[] piece = new byte[bytes.getInt()];
      bytes.get(piece);
      String text = new String(piece, StandardCharsets.UTF_8);
      pieces[i] =
          text.matches("<0x..>")
              ? String.valueOf((char) Integer.parseInt(text.substring(3, 5), 16))
              : text;
    }
    return pieces;
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
  }
}
