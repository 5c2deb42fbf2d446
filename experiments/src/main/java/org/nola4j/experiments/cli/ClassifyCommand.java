// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.common.InputFiles;
import org.nola4j.experiments.common.TextLines;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.text.TextClassifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Classifies texts with a pretrained encoder and an adapter. */
@Command(
    name = "classify",
    description = {
      "Classifies texts, one per line, with a pretrained encoder and an adapter of nola run"
          + " text-classification: prints label, probability and text, separated by tabs.",
      "Blank lines are left out, and tabs in texts are printed as spaces."
    },
    footer = {
      "",
      "Example: echo 'Where is my parcel?' | nola classify --adapter tickets.safetensors"
    },
    mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {
  /** Texts that are held at a time. */
  private static final int CHUNK = 1024;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      description = "Texts in UTF-8, one per line. Default: standard input.")
  private List<Path> files = List.of();

  @Option(
      names = "--adapter",
      required = true,
      paramLabel = "FILE",
      description = "Adapter file (.safetensors). Required.")
  private Path adapter;

  @Option(
      names = "--base",
      paramLabel = "NAME",
      description =
          "The encoder: minilm, bge-small, or a file, .onnx or .safetensors. Default: the one that"
              + " the adapter was trained over.")
  private String base;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1",
      description = "Print the N likeliest labels of each text. Default: ${DEFAULT-VALUE}.")
  private int top;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (top < 1) {
      throw new UserException("--top must be at least 1, was " + top);
    }
    InputFiles.require(adapter);
    files.forEach(InputFiles::require);
    try (TextClassifier classifier = TextClassifier.read(adapter, base, DataSource.standard())) {
      if (files.isEmpty()) {
        classify(classifier, TextLines.of(System.in, "standard input"));
      }
      for (Path file : files) {
        try (TextLines lines = TextLines.of(file)) {
          classify(classifier, lines);
        }
      }
    }
    return ExitCode.OK;
  }

  private void classify(TextClassifier classifier, TextLines lines) throws IOException {
    List<String> chunk = new ArrayList<>();
    for (String line = lines.next(); line != null; line = lines.next()) {
      if (!line.isBlank()) {
        chunk.add(line.strip());
      }
      if (chunk.size() == CHUNK || (!lines.ready() && !chunk.isEmpty())) {
        print(classifier, chunk);
        chunk.clear();
      }
    }
    if (!chunk.isEmpty()) {
      print(classifier, chunk);
    }
  }

  private void print(TextClassifier classifier, List<String> texts) {
    PrintWriter out = spec.commandLine().getOut();
    float[][] probabilities = classifier.classify(texts);
    for (int i = 0; i < texts.size(); i++) {
      float[] each = probabilities[i];
      String labels =
          IntStream.range(0, classifier.labels().size())
              .boxed()
              .sorted(Comparator.comparingDouble(label -> -each[label]))
              .limit(top)
              .flatMap(
                  label ->
                      Stream.of(
                          classifier.labels().get(label),
                          String.format(Locale.ROOT, "%.3f", each[label])))
              .collect(Collectors.joining("\t"));
      out.println(labels + "\t" + texts.get(i).replace('\t', ' '));
    }
    out.flush();
  }
}
