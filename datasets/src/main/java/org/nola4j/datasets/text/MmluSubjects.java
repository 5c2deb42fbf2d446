// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataFile;

/**
 * The questions of MMLU (Hendrycks et al., ICLR 2021) by subject, from QLoRA's JSON lines.
 *
 * <p>A text is the question alone: neither the heading, which names the subject, nor the four
 * options. Trained on are the dev questions, five a subject, and those of val.
 */
final class MmluSubjects extends TextSet {
  private static final String DEV = "zero_shot_mmlu_dev.json";
  private static final String VAL = "zero_shot_mmlu_val.json";
  private static final String TEST = "zero_shot_mmlu_test.json";
  private static final String HEADING_END = "\n\n";
  private static final String OPTIONS = "\nA. ";

  MmluSubjects() {
    super("mmlu", "mmlu-subjects", "MMLU as QLoRA has it", List.of(DEV, VAL, TEST), 57);
  }

  @Override
  TextSplits open(Path folder) {
    Questions train = new Questions();
    train.read(DataFile.find(folder, DEV));
    train.read(DataFile.find(folder, VAL));
    Questions test = new Questions();
    test.read(DataFile.find(folder, TEST));
    List<String> classes = LabeledTexts.classesOf(train.subjects);
    return new TextSplits(
        train.labeled(setName() + " train", classes), test.labeled(setName() + " test", classes));
  }

  private static final class Questions {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final List<String> subjects = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    LabeledTexts labeled(String name, List<String> classes) {
      try {
        return LabeledTexts.of(name, classes, texts, subjects);
      } catch (IllegalArgumentException e) {
        throw new DataSetException(e.getMessage(), e);
      }
    }

    void read(Path file) {
      String[] lines;
      try {
        lines = new String(Contents.readAll(file), StandardCharsets.UTF_8).split("\n");
      } catch (IOException e) {
        throw new DataSetException("%s: cannot be read: %s".formatted(file, e.getMessage()), e);
      }
      for (int i = 0; i < lines.length; i++) {
        add(lines[i], file, i + 1);
      }
    }

    private void add(String line, Path file, int number) {
      String found;
      try {
        JsonNode json = MAPPER.readTree(line);
        String input = json.path("input").asText();
        int begin = input.indexOf(HEADING_END);
        int end = input.lastIndexOf(OPTIONS);
        if (json.path("subject").isTextual() && begin >= 0 && end >= begin + HEADING_END.length()) {
          subjects.add(json.path("subject").asText());
          texts.add(input.substring(begin + HEADING_END.length(), end).strip());
          return;
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
}
