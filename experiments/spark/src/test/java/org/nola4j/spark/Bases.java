// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nola4j.models.Gpt2;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.checkpoint.VitCheckpoint;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/** Random networks, in the files of pretrained ones. */
final class Bases {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz:|.\u0120";

  private Bases() {}

  /** A BERT of a number of blocks and a width, whose tokenizer knows ten words. */
  static Path bert(Path folder, int blocks, int width) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    add(writer, "embeddings.word_embeddings.weight", 10, width);
    add(writer, "embeddings.position_embeddings.weight", 16, width);
    add(writer, "embeddings.token_type_embeddings.weight", 2, width);
    pair(writer, "embeddings.LayerNorm", width);
    for (int i = 0; i < blocks; i++) {
      String block = "encoder.layer." + i;
      for (String name : new String[] {"self.query", "self.key", "self.value", "output.dense"}) {
        pair(writer, block + ".attention." + name, width, width);
      }
      pair(writer, block + ".intermediate.dense", 4 * width, width);
      pair(writer, block + ".output.dense", width, 4 * width);
      pair(writer, block + ".attention.output.LayerNorm", width);
      pair(writer, block + ".output.LayerNorm", width);
    }
    Path file = folder.resolve("model.safetensors");
    writer.write(file, Map.of());
    Files.writeString(
        folder.resolve("config.json"), "{\"model_type\": \"bert\", \"num_attention_heads\": 2}");
    Files.writeString(
        folder.resolve("tokenizer.json"),
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
         "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
         "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {%s}}}
        """
            .formatted(vocabulary(10)));
    return file;
  }

  private static String vocabulary(int words) {
    return IntStream.range(0, words)
        .mapToObj(i -> "\"w%d\": %d".formatted(i, i))
        .collect(Collectors.joining(", "));
  }

  /** A weight and a bias of as many numbers as the weight has rows. */
  private static void pair(SafetensorsWriter writer, String name, int... shape) {
    add(writer, name + ".weight", shape);
    add(writer, name + ".bias", shape[0]);
  }

  private static void add(SafetensorsWriter writer, String name, int... shape) {
    Random random = new Random(name.hashCode());
    float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (name.endsWith("LayerNorm.weight") ? 1 : 0.3 * random.nextGaussian());
    }
    writer.floats(
        name, TensorType.F32, Arrays.stream(shape).mapToObj(Long::valueOf).toList(), () -> values);
  }

  /** A GPT-2 of letters, as a folder. */
  static Path gpt2(Path folder) throws IOException {
    String vocabulary =
        IntStream.range(0, LETTERS.length())
            .mapToObj(i -> "\"%c\": %d, ".formatted(LETTERS.charAt(i), i))
            .collect(Collectors.joining());
    Files.writeString(
        folder.resolve("encoder.json"),
        "{%s\"<|endoftext|>\": %d}".formatted(vocabulary, LETTERS.length()));
    Files.writeString(folder.resolve("vocab.bpe"), "#version: 0.2\n");
    Gpt2Checkpoint.write(
        Gpt2.sized(32, 2)
            .heads(4)
            .vocabularySize(LETTERS.length() + 1)
            .maxPositions(128)
            .build()
            .init(),
        folder.resolve("model.safetensors"),
        TensorType.F32);
    return folder;
  }

  /** A vision transformer. */
  static Path vit(Path folder, VisionTransformer.Builder model) throws IOException {
    Path file = folder.resolve("vit.safetensors");
    VitCheckpoint.write(model.seed(3).build().init(), file);
    return file;
  }
}
