// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/** A random text encoder of two blocks of width 8 with a tokenizer of a dozen words, as files. */
public final class SmallEncoder {
  private static final int WIDTH = 8;
  private static final int INNER = 12;
  private static final int BLOCKS = 2;
  private static final List<String> WORDS =
      List.of(
          "[UNK]", "parcel", "late", "where", "is", "my", "bill", "wrong", "pay", "too", "much");

  private SmallEncoder() {}

  /** Writes model.safetensors, config.json and tokenizer.json. */
  public static Path write(Path folder, long seed) throws IOException {
    Random random = new Random(seed);
    SafetensorsWriter writer = new SafetensorsWriter();
    shapes()
        .forEach(
            (name, shape) -> {
              int length = shape.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
              float[] values = new float[length];
              for (int i = 0; i < length; i++) {
                boolean scale = name.endsWith("LayerNorm.weight");
                values[i] = (float) (scale ? 1 : 0.4 * random.nextGaussian());
              }
              writer.floats(name, TensorType.F32, shape, () -> values);
            });
    Path file = folder.resolve("model.safetensors");
    writer.write(file, Map.of());
    Files.writeString(
        folder.resolve("config.json"), "{\"model_type\": \"bert\", \"num_attention_heads\": 2}");
    Files.writeString(folder.resolve("tokenizer.json"), tokenizer());
    return file;
  }

  private static Map<String, List<Long>> shapes() {
    long d = WIDTH;
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("embeddings.word_embeddings.weight", List.of((long) WORDS.size(), d));
    shapes.put("embeddings.position_embeddings.weight", List.of(16L, d));
    shapes.put("embeddings.token_type_embeddings.weight", List.of(2L, d));
    norm("embeddings.LayerNorm", shapes);
    for (int i = 0; i < BLOCKS; i++) {
      String block = "encoder.layer." + i + ".";
      linear(block + "attention.self.query", d, d, shapes);
      linear(block + "attention.self.key", d, d, shapes);
      linear(block + "attention.self.value", d, d, shapes);
      linear(block + "attention.output.dense", d, d, shapes);
      linear(block + "intermediate.dense", INNER, d, shapes);
      linear(block + "output.dense", d, INNER, shapes);
      norm(block + "attention.output.LayerNorm", shapes);
      norm(block + "output.LayerNorm", shapes);
    }
    return shapes;
  }

  private static void linear(
      String name, long outputs, long inputs, Map<String, List<Long>> shapes) {
    shapes.put(name + ".weight", List.of(outputs, inputs));
    shapes.put(name + ".bias", List.of(outputs));
  }

  private static void norm(String name, Map<String, List<Long>> shapes) {
    shapes.put(name + ".weight", List.of((long) WIDTH));
    shapes.put(name + ".bias", List.of((long) WIDTH));
  }

  private static String tokenizer() {
    String vocabulary =
        String.join(
            ", ",
            IntStream.range(0, WORDS.size())
                .mapToObj(i -> "\"%s\": %d".formatted(WORDS.get(i), i))
                .toList());
    return """
    {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
     "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
     "post_processor": null, "decoder": null,
     "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {%s}}}
    """
        .formatted(vocabulary);
  }
}
