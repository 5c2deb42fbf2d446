// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.FileInspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola inspect}. */
@Command(
    name = "inspect",
    description = {
      "Prints the contents of a file written by this program or by PEFT as JSON.",
      "For a folder, lists the adapters, models, results, and checkpoints in it and its subfolders"
          + " in the given format."
    },
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  /** OUT/EXPERIMENT/FILE, and one more level. */
  private static final int DEPTH = 4;

  private final Catalog catalog;

  @Parameters(
      paramLabel = "PATH",
      description = "Adapter, result, or checkpoint file, or a folder with such files.")
  private Path path;

  @Mixin private FormatOption format;

  @Spec private CommandSpec spec;

  InspectCommand(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public Integer call() throws IOException {
    print(Files.isDirectory(path) ? format.render(list(path)) : describe(path) + "\n");
    return ExitCode.OK;
  }

  private String describe(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new UserException("no such file: " + file);
    }
    format.requireJson(
        "a file is printed as JSON, and only a folder's list in other formats", spec);
    FileInspector inspector =
        inspector(file)
            .orElseThrow(
                () ->
                    new UserException(
                        "%s: unknown file type (known: %s)".formatted(file, kinds())));
    return Json.text(inspector.inspect(file));
  }

  private Table list(Path folder) throws IOException {
    List<List<Cell>> rows = new ArrayList<>();
    for (Path file : files(folder)) {
      Optional<FileInspector> inspector = inspector(file).filter(each -> each.lists(file));
      if (inspector.isPresent()) {
        rows.add(row(folder.relativize(file), Files.size(file), summary(inspector.get(), file)));
      }
    }
    if (rows.isEmpty()) {
      throw new UserException("%s has no files of a known type (%s)".formatted(folder, kinds()));
    }
    List<Column> columns =
        List.of(
            Column.text("file", "file"),
            Column.number("bytes", "bytes"),
            Column.text("contents", "contents"));
    return new Table(folder.toString(), columns, rows, List.of());
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder, DEPTH)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static List<Cell> row(Path file, long bytes, String contents) {
    return List.of(
        Cell.of(file.toString(), file.toString()),
        Cell.of(String.format(Locale.ROOT, "%,d", bytes), bytes),
        Cell.of(contents, contents));
  }

  /** A damaged file must not hide the others. */
  private static String summary(FileInspector inspector, Path file) {
    try {
      JsonNode inspected = inspector.inspect(file);
      return inspector.summary(inspected);
    } catch (UserException | IOException e) {
      String problem = String.valueOf(e.getMessage()).replace(file + ": ", "");
      return "cannot be read: " + problem.lines().findFirst().orElse("");
    }
  }

  private Optional<FileInspector> inspector(Path file) {
    return catalog.inspectors().stream().filter(each -> each.accepts(file)).findFirst();
  }

  private String kinds() {
    return catalog.inspectors().stream().map(FileInspector::kind).collect(Collectors.joining(", "));
  }

  private void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
  }
}
