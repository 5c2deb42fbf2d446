// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.text.Mmlu;
import org.nola4j.datasets.text.MmluQuestion;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.text.MmluEvaluation;
import org.nola4j.experiments.text.PretrainedDecoder;
import org.nola4j.models.text.TextTokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Evaluates a language model. */
@Command(
    name = "eval",
    description = "Evaluates a language model, with or without an adapter.",
    subcommands = EvalCommand.MmluCommand.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "TASK")
final class EvalCommand {
  /** MMLU. */
  @Command(
      name = "mmlu",
      description = {
        "Asks the questions of MMLU. The answer is the likeliest of the tokens A, B, C, and D after"
            + " the prompt.",
        "Prints the share of right answers by subject, and the mean; chance is 0.25."
      },
      footer = {"", "Example: nola eval mmlu --base llama-2-7b --adapter alpaca.safetensors"},
      mixinStandardHelpOptions = true)
  static final class MmluCommand implements Callable<Integer> {
    @Mixin private DecoderOptions model;

    @Mixin private DataOption data;

    @Option(
        names = "--shots",
        paramLabel = "N",
        defaultValue = "5",
        description =
            "Examples with their answers before each question, 0 to 5. Default: ${DEFAULT-VALUE}.")
    private int shots;

    @Option(
        names = "--validation",
        description = "Ask the validation set's 1,531 questions. Default: the test set's 14,042.")
    private boolean validation;

    @Option(
        names = "--questions",
        paramLabel = "N",
        description = "Ask the first N questions of each subject. Default: all.")
    private Integer questions;

    @Mixin private FormatOption format;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      if (shots < 0 || shots > Mmlu.MOST_SHOTS) {
        throw new UserException(
            "--shots must be from 0 to %d, was %d".formatted(Mmlu.MOST_SHOTS, shots));
      }
      if (questions != null && questions < 1) {
        throw new UserException("--questions must be at least 1, was " + questions);
      }
      List<MmluQuestion> asked = asked();
      try (TextTokenizer opened =
          PretrainedDecoder.tokenizer(model.base(), model.tokenizer(), "--tokenizer")) {
        ComputationGraph network = model.read();
        MmluEvaluation evaluation = new MmluEvaluation(network, opened);
        List<MmluEvaluation.Subject> subjects = evaluation.ask(asked);
        format.print(table(subjects, evaluation.cut()), spec);
      } catch (NoSuchFileException e) {
        throw new UserException("no such file: " + e.getFile(), e);
      }
      return ExitCode.OK;
    }

    private List<MmluQuestion> asked() {
      try {
        Mmlu mmlu = Mmlu.open(data.source());
        List<MmluQuestion> all = validation ? mmlu.validation(shots) : mmlu.test(shots);
        return questions == null ? all : MmluQuestion.first(questions, all);
      } catch (DataSetException e) {
        throw new UserException(e.getMessage(), e);
      }
    }

    private Table table(List<MmluEvaluation.Subject> subjects, int cut) {
      List<List<Cell>> rows = new ArrayList<>();
      subjects.forEach(
          each -> rows.add(row(each.name(), each.questions(), each.right(), each.accuracy())));
      int all = subjects.stream().mapToInt(MmluEvaluation.Subject::questions).sum();
      int right = subjects.stream().mapToInt(MmluEvaluation.Subject::right).sum();
      double mean = MmluEvaluation.mean(subjects);
      rows.add(row("mean of subjects", all, right, mean));
      List<String> notes = new ArrayList<>();
      notes.add(
          String.format(
              Locale.ROOT,
              "The mean counts every subject the same; of all questions %.4f are right. Chance is"
                  + " 0.25.",
              (double) right / all));
      if (cut > 0) {
        notes.add(
            "%,d prompts were longer than the model's positions and lost their beginning."
                .formatted(cut));
      }
      return new Table(
          "MMLU, %s, %d-shot".formatted(validation ? "validation set" : "test set", shots),
          List.of(
              Column.text("subject", "subject"),
              Column.number("questions", "questions"),
              Column.number("right", "right"),
              Column.number("accuracy", "accuracy")),
          rows,
          notes);
    }

    private static List<Cell> row(String name, int questions, int right, double accuracy) {
      return List.of(
          Cell.of(name, name),
          Cell.number("%,d", questions),
          Cell.number("%,d", right),
          Cell.number("%.4f", accuracy));
    }
  }
}
