// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;

/**
 * A question of MMLU with four options.
 *
 * @param subject one of 57, as {@code abstract_algebra}
 * @param prompt a heading that names the subject, an empty line, the question, its options and
 *     {@code Answer:}
 * @param answer A, B, C or D
 */
public record MmluQuestion(String subject, String prompt, String answer) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String HEADING_END = "\n\n";
  private static final String OPTIONS = "\nA. ";

  /**
   * The first questions of each subject, in their order.
   *
   * @param most of each
   */
  public static List<MmluQuestion> first(int most, List<MmluQuestion> questions) {
    Map<String, Integer> counts = new HashMap<>();
    return questions.stream()
        .filter(question -> counts.merge(question.subject(), 1, Integer::sum) <= most)
        .toList();
  }

  /** The heading with the empty line after it. */
  String heading() {
    return prompt.substring(0, prompt.indexOf(HEADING_END) + HEADING_END.length());
  }

  /** What follows the heading. */
  String question() {
    return prompt.substring(heading().length());
  }

  /** The question alone, without its options. */
  String text() {
    return prompt.substring(heading().length(), prompt.lastIndexOf(OPTIONS)).strip();
  }

  /** The questions of a file with a JSON object a line. */
  static List<MmluQuestion> read(Path file) {
    String[] lines;
    try {
      lines = new String(Contents.readAll(file), StandardCharsets.UTF_8).split("\n", 0);
    } catch (IOException e) {
      throw new DataSetException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
    }
    List<MmluQuestion> questions = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      questions.add(read(lines[i], file, i + 1));
    }
    return questions;
  }

  private static MmluQuestion read(String line, Path file, int number) {
    String found;
    try {
      JsonNode json = MAPPER.readTree(line);
      String input = json.path("input").asText();
      int begin = input.indexOf(HEADING_END);
      int end = input.lastIndexOf(OPTIONS);
      if (json.path("subject").isTextual() && begin >= 0 && end >= begin + HEADING_END.length()) {
        return new MmluQuestion(json.path("subject").asText(), input, json.path("output").asText());
      }
      found = line;
    } catch (IOException e) {
      found = "no JSON: " + line;
    }
    throw DataSetException.malformed(
        file,
        "in line " + number + " a subject and an input with heading, question and options",
        found,
        "fetch the file again");
  }
}
