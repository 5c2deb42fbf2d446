package org.nola4j.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.FileInspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nola inspect}. */
@Command(
    name = "inspect",
    description = "Says as JSON what is in a file that this program, or PEFT, wrote.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  private final Catalog catalog;

  @Parameters(paramLabel = "FILE", description = "An adapter, a result or a checkpoint.")
  private Path file;

  @Spec private CommandSpec spec;

  InspectCommand(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new UserException("no such file: " + file);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(Json.text(inspector().inspect(file)));
    out.flush();
    return Main.OK;
  }

  private FileInspector inspector() {
    return catalog.inspectors().stream()
        .filter(each -> each.accepts(file))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "%s: unknown kind of file (known: %s)"
                        .formatted(
                            file,
                            catalog.inspectors().stream()
                                .map(FileInspector::kind)
                                .collect(Collectors.joining(", ")))));
  }
}
