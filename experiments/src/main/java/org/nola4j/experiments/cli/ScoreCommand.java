// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.nola4j.experiments.metrics.GeneratedText;
import org.nola4j.experiments.metrics.GeneratedTexts;
import org.nola4j.experiments.metrics.Protocol;
import org.nola4j.experiments.metrics.TextMetric;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Scores generated texts. */
@Command(
    name = "score",
    description = {
      "Scores generated texts against references: BLEU, NIST, METEOR, ROUGE-L, CIDEr, TER.",
      "METEOR matches words and stems only, not synonyms or paraphrases, so it is lower than"
          + " published figures."
    },
    footer = {"", "Example: nola score --hypotheses texts.txt --references references.txt"},
    mixinStandardHelpOptions = true)
final class ScoreCommand implements Callable<Integer> {
  @Option(
      names = "--hypotheses",
      required = true,
      paramLabel = "FILE",
      description = "Generated texts in UTF-8, one per line. Required.")
  private Path hypotheses;

  @Option(
      names = "--references",
      required = true,
      paramLabel = "FILE",
      description =
          "References: one per line, or several per text with an empty line after those of each"
              + " text. Required.")
  private Path references;

  @Option(
      names = "--protocol",
      paramLabel = "NAME",
      defaultValue = "e2e",
      description =
          "How texts are prepared: e2e leaves them as they are; webnlg, which is also for DART,"
              + " makes them lower case, splits off punctuation, and uses six references. Default:"
              + " ${DEFAULT-VALUE}")
  private Protocol protocol;

  @Option(
      names = "--metrics",
      split = ",",
      paramLabel = "NAME",
      description =
          "One or more of ${COMPLETION-CANDIDATES}. Default: those of the protocol (e2e: bleu,"
              + " nist, meteor, rouge-l, cider; webnlg: multi-bleu, meteor, ter).")
  private List<TextMetric> metrics = List.of();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "markdown",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private TableFormat format;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    List<GeneratedText> texts = GeneratedTexts.read(hypotheses, references);
    PrintWriter out = spec.commandLine().getOut();
    out.print(format.render(table(protocol.prepare(texts))));
    out.flush();
    return ExitCode.OK;
  }

  private Table table(List<GeneratedText> texts) {
    List<TextMetric> chosen = metrics.isEmpty() ? protocol.metrics() : metrics;
    int count = texts.stream().mapToInt(text -> text.references().size()).sum();
    return new Table(
        "%s against %s".formatted(hypotheses.getFileName(), references.getFileName()),
        chosen.stream().map(metric -> Column.number(metric.title(), metric.key())).toList(),
        List.of(chosen.stream().map(metric -> cell(metric, texts)).toList()),
        List.of("%d texts, %d references.".formatted(texts.size(), count)));
  }

  private static Cell cell(TextMetric metric, List<GeneratedText> texts) {
    return Cell.number("%.2f", metric.tableScale() * metric.score(texts));
  }
}
