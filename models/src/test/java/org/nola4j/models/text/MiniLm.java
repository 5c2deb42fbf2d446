// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.text;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.models.SharedFiles;

/** The sentence encoder all-MiniLM-L6-v2, where the build has it, and real texts. */
public final class MiniLm {
  public static final String MODEL = "all-minilm-l6-v2.onnx";
  public static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

  private static final String QUESTIONS = "data/mmlu/zero_shot_mmlu_val.json.gz";

  private MiniLm() {}

  /** Skips the test where the model is not on the class path. */
  public static void assumePresent() {
    assumeTrue(
        MiniLm.class.getClassLoader().getResource(MODEL) != null,
        "all-MiniLM-L6-v2 is not on the class path: build with -Ppretrained");
  }

  /** The model's file. */
  public static byte[] bytes() throws IOException {
    try (InputStream in = MiniLm.class.getClassLoader().getResourceAsStream(MODEL)) {
      return in.readAllBytes();
    }
  }

  /** Questions of MMLU, spread over all subjects. */
  public static List<String> texts(int count) throws IOException {
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(SharedFiles.find(QUESTIONS))),
                StandardCharsets.UTF_8))) {
      List<String> all = lines.lines().map(MiniLm::question).toList();
      return IntStream.range(0, count).mapToObj(i -> all.get(i * all.size() / count)).toList();
    }
  }

  /** Without the heading, which names the subject. */
  private static String question(String line) {
    try {
      String input = new ObjectMapper().readTree(line).get("input").asText();
      return input.substring(input.indexOf("\n\n") + 2);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
