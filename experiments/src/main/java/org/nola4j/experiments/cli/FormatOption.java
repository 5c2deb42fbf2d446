// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.PrintWriter;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How a command prints its table. */
final class FormatOption {
  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "markdown",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private TableFormat format;

  String render(Table table) {
    return format.render(table);
  }

  /**
   * Refuses another format, if one is given.
   *
   * @param why for the message
   * @throws UserException if it is not JSON
   */
  void requireJson(String why, CommandSpec command) {
    boolean given = command.commandLine().getParseResult().hasMatchedOption("--format");
    if (given && format != TableFormat.JSON) {
      throw new UserException("--format %s: %s; omit the option".formatted(format, why));
    }
  }

  /**
   * Prints a table as the command's output; its notes go to standard error if the format has none.
   */
  void print(Table table, CommandSpec command) {
    PrintWriter out = command.commandLine().getOut();
    out.print(render(table));
    out.flush();
    if (format == TableFormat.CSV) {
      PrintWriter err = command.commandLine().getErr();
      table.notes().forEach(err::println);
      err.flush();
    }
  }
}
