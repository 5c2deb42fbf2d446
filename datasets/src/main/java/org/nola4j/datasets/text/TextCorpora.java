// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;

/**
 * Plain texts to pretrain language models on, by name.
 *
 * <table>
 * <caption>Known corpora</caption>
 * <tr><th>name</th><th>texts</th></tr>
 * <tr><td>{@code alpaca}</td><td>instructions, each with its input and answer</td></tr>
 * <tr><td>{@code dart}</td><td>the development set's, without the triples and without those that
 * DART took from E2E</td></tr>
 * <tr><td>{@code mmlu}</td><td>questions of dev, val and test with options and answer</td></tr>
 * <tr><td>{@code webnlg}</td><td>the training set's good texts, without the triples</td></tr>
 * </table>
 *
 * <p>Several make one, as {@code webnlg+dart}. A text that occurs more than once is kept once.
 */
public final class TextCorpora {
  private static final Map<String, Corpus> ALL =
      new TreeMap<>(
          Map.of(
              "alpaca",
              new Corpus(
                  "alpaca",
                  "Stanford Alpaca's subset of 5,000",
                  List.of("alpaca_5000.json"),
                  each -> joined("\n", each, "instruction", "input", "output")),
              "dart",
              new Corpus(
                  "nlg/dart",
                  "DART 1.1.1",
                  List.of("dart-v1.1.1-full-dev.json"),
                  TextCorpora::dart),
              "mmlu",
              new Corpus(
                  Mmlu.FOLDER,
                  Mmlu.ORIGIN,
                  List.of(Mmlu.DEV, Mmlu.VALIDATION, Mmlu.TEST),
                  each -> joined(" ", each, "input", "output")),
              "webnlg",
              new Corpus(
                  "nlg/webnlg_challenge_2017",
                  "WebNLG 2017 as LoRA has it",
                  List.of("train.json"),
                  TextCorpora::webNlg)));

  private TextCorpora() {}

  /** The names of the corpora. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /**
   * Reads corpora.
   *
   * @param name one of {@link #names()}, or several with {@code +} between them
   * @return all different texts, in the order of names and files
   * @throws DataSetException if a name is unknown or the files cannot be found or are invalid
   */
  public static List<String> read(String name, DataSource source) {
    return Stream.of(name.split("\\+", -1))
        .map(TextCorpora::corpus)
        .toList() // a wrong name is said before anything is read
        .stream()
        .flatMap(corpus -> corpus.read(source.locate(corpus)).stream())
        .distinct()
        .toList();
  }

  private static Corpus corpus(String name) {
    Corpus corpus = ALL.get(name);
    if (corpus == null) {
      throw new DataSetException(
          "unknown corpus '%s'; available: %s, or several with + between them"
              .formatted(name, String.join(", ", names())));
    }
    return corpus;
  }

  private static Stream<String> joined(String between, JsonNode node, String... parts) {
    String text =
        Stream.of(parts)
            .map(part -> node.path(part).asText())
            .filter(part -> !part.isBlank())
            .collect(Collectors.joining(between));
    return text.isEmpty() ? Stream.of() : Stream.of(text);
  }

  private static Stream<String> dart(JsonNode entry) {
    return elements(entry.path("annotations"))
        .filter(each -> !each.path("source").asText().equals("e2e"))
        .map(each -> each.path("text").asText());
  }

  private static Stream<String> webNlg(JsonNode file) {
    return elements(file.path("entries"))
        .flatMap(TextCorpora::elements)
        .flatMap(entry -> elements(entry.path("lexicalisations")))
        .filter(each -> each.path("comment").asText().equals("good"))
        .map(each -> each.path("lex").asText());
  }

  private static Stream<JsonNode> elements(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false);
  }
}
