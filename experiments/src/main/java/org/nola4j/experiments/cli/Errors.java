// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.nd4j.linalg.factory.Nd4jBackend;
import org.nola4j.datasets.DataSetException;
import org.nola4j.experiments.common.MemoryAdvice;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.run.StoppedException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns exceptions into one line on standard error and an exit status. */
final class Errors {
  private static final String REBUILD =
      ": delete experiments/target and run ./nola again to rebuild it";

  /** A key, a value, or a name out of a file that may hold megabytes where a word should be. */
  private static final Pattern OVERLONG = Pattern.compile("(\\S{500})\\S+");

  private Errors() {}

  /** Handles an argument rejected by picocli. */
  static int handle(ParameterException error, String[] args) {
    CommandLine command = error.getCommandLine();
    String help = command.getCommandSpec().qualifiedName() + " --help";
    String message = firstLine(error.getMessage()) + suggestion(error) + localeAdvice(error);
    print(command, error, "%s (see %s)".formatted(message, help), verbose(args));
    return ExitCode.USAGE;
  }

  /** Handles anything thrown by a command. */
  static int handle(Throwable error, CommandLine command, boolean verbose) {
    if (error instanceof UserException || error instanceof DataSetException) {
      print(command, error, oneLine(error.getMessage()) + localeAdvice(error), verbose);
      return ExitCode.USAGE;
    }
    if (error instanceof StoppedException) {
      return ExitCode.USAGE; // Nobody sees this: the process is ending and has said so.
    }
    Optional<String> known = describe(error, command);
    if (known.isPresent()) {
      print(command, error, known.get(), verbose);
      return ExitCode.USAGE;
    }
    String message =
        "%s: %s".formatted(error.getClass().getSimpleName(), firstLine(error.getMessage()));
    String advice = verbose ? "" : " (run with --verbose for the stack trace)";
    print(command, error, message + advice, verbose);
    return ExitCode.SOFTWARE;
  }

  /** Describes problems of the machine or the build rather than of this program. */
  private static Optional<String> describe(Throwable error, CommandLine command) {
    if (error instanceof FileSystemException file) {
      return Optional.of(describe(file));
    }
    if (error instanceof InvalidPathException) {
      return Optional.of(firstLine(error.getMessage()) + localeAdvice(error));
    }
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError memory) {
        return Optional.of(memoryAdvice(memory, command));
      }
      if (cause instanceof Nd4jBackend.NoAvailableBackendException) {
        return Optional.of("ND4J found no backend on the class path" + REBUILD);
      }
      if (cause instanceof LinkageError && !(cause instanceof ExceptionInInitializerError)) {
        return Optional.of(
            "a class is missing on the class path or has another version (%s: %s)%s"
                .formatted(
                    cause.getClass().getSimpleName(), firstLine(cause.getMessage()), REBUILD));
      }
    }
    return Optional.empty();
  }

  private static String memoryAdvice(OutOfMemoryError error, CommandLine command) {
    return switch (command.getCommandName()) {
      case "run", "grid", "demo" -> MemoryAdvice.of(error);
      case "generate" -> MemoryAdvice.of(error, "lower --beams or --max-tokens, or ");
      default -> MemoryAdvice.of(error, "");
    };
  }

  /** Advice for a name that Java cannot represent in this locale. */
  private static String localeAdvice(Throwable error) {
    String encoding = System.getProperty("sun.jnu.encoding", "");
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidPathException && !encoding.equals("UTF-8")) {
        return " (file names are encoded as %s in this locale: set LC_ALL=C.UTF-8)"
            .formatted(encoding);
      }
    }
    return "";
  }

  private static void print(CommandLine command, Throwable error, String line, boolean verbose) {
    PrintWriter err = command.getErr();
    err.println("error: " + OVERLONG.matcher(line).replaceAll("$1..."));
    if (verbose) {
      error.printStackTrace(err);
    }
    err.flush();
  }

  private static String describe(FileSystemException error) {
    if (error instanceof NoSuchFileException && error.getReason() == null) {
      return "no such file: " + error.getFile();
    }
    if (error instanceof AccessDeniedException) {
      return "no permission for " + error.getFile();
    }
    if (error instanceof FileAlreadyExistsException || error instanceof NotDirectoryException) {
      return error.getFile() + " is not a directory";
    }
    return error.getReason() == null || error.getFile() == null
        ? "cannot use " + firstLine(error.getMessage())
        : "cannot use %s: %s".formatted(error.getFile(), firstLine(error.getReason()));
  }

  private static String suggestion(ParameterException error) {
    if (!(error instanceof UnmatchedArgumentException unmatched)) {
      return "";
    }
    String word = unmatched.getUnmatched().get(0).split("=", 2)[0];
    CommandLine command = error.getCommandLine();
    List<String> known = new ArrayList<>(command.getSubcommands().keySet());
    command.getCommandSpec().options().forEach(o -> known.addAll(Arrays.asList(o.names())));
    return Suggestions.hint(word, known);
  }

  private static boolean verbose(String... args) {
    return List.of(args).contains("--verbose");
  }

  /** The whole message, since its end often says what to do. */
  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private static String firstLine(String message) {
    return message == null ? "no message" : message.lines().findFirst().orElse("");
  }
}
