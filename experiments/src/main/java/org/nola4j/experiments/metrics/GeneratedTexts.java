// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.metrics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.common.TextLines;
import org.nola4j.experiments.common.UserException;

/** Reads and writes generated texts and references in files of {@code e2e-metrics}' format. */
public final class GeneratedTexts {
  private GeneratedTexts() {}

  /**
   * Reads two files in UTF-8.
   *
   * @param hypotheses one text per line
   * @param references those of a text in lines of their own, and an empty line between those of one
   *     text and the next; or, in a file without empty lines, one of each text
   * @throws UserException if a file is not there or not in UTF-8, or their numbers of texts differ
   */
  public static List<GeneratedText> read(Path hypotheses, Path references) throws IOException {
    List<String> texts = lines(hypotheses);
    List<List<String>> groups = groups(lines(references));
    if (texts.isEmpty() || texts.size() != groups.size()) {
      throw new UserException(
          "%s has %d texts (lines), but %s has references of %d (lines, or groups between empty lines): give as many of each, and at least one"
              .formatted(hypotheses, texts.size(), references, groups.size()));
    }
    return IntStream.range(0, texts.size())
        .mapToObj(i -> new GeneratedText(texts.get(i), groups.get(i)))
        .toList();
  }

  /** Writes them so that {@link #read} gives the same; no text may have line breaks. */
  public static void write(List<GeneratedText> texts, Path hypotheses, Path references)
      throws IOException {
    writeLines(hypotheses, texts.stream().map(GeneratedText::hypothesis));
    writeLines(
        references,
        texts.stream().flatMap(text -> Stream.concat(text.references().stream(), Stream.of(""))));
  }

  private static void writeLines(Path file, Stream<String> lines) throws IOException {
    byte[] text =
        lines
            .map(line -> line + "\n")
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(file, out -> out.write(text));
  }

  private static List<String> lines(Path file) throws IOException {
    return TextLines.all(file).stream().map(String::strip).toList();
  }

  private static List<List<String>> groups(List<String> lines) {
    if (!lines.contains("")) {
      return lines.stream().map(List::of).toList();
    }
    List<List<String>> groups = new ArrayList<>();
    List<String> group = new ArrayList<>();
    for (String line : lines) {
      if (!line.isEmpty()) {
        group.add(line);
      } else if (!group.isEmpty()) {
        groups.add(List.copyOf(group));
        group.clear();
      }
    }
    if (!group.isEmpty()) {
      groups.add(List.copyOf(group));
    }
    return groups;
  }
}
