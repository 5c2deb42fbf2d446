package org.nola4j.experiments.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns exceptions into one line on standard error and an exit status. */
final class Errors {
  private Errors() {}

  /** An argument that picocli refused. */
  static int handle(ParameterException error, String[] args) {
    CommandLine command = error.getCommandLine();
    String help = command.getCommandSpec().qualifiedName() + " --help";
    String message = firstLine(error.getMessage()) + suggestion(error);
    print(command, error, "%s (%s explains)".formatted(message, help), verbose(args));
    return Main.USER_ERROR;
  }

  /** Anything that was thrown while a command ran. */
  static int handle(Throwable error, CommandLine command, boolean verbose) {
    if (error instanceof UserException || error instanceof DataSetException) {
      print(command, error, oneLine(error.getMessage()), verbose);
      return Main.USER_ERROR;
    }
    if (error instanceof FileSystemException file) {
      print(command, error, describe(file), verbose);
      return Main.USER_ERROR;
    }
    String message =
        "%s: %s".formatted(error.getClass().getSimpleName(), firstLine(error.getMessage()));
    String advice = verbose ? "" : " (run with --verbose for the stack trace)";
    print(command, error, message + advice, verbose);
    return Main.INTERNAL_ERROR;
  }

  private static void print(CommandLine command, Throwable error, String line, boolean verbose) {
    PrintWriter err = command.getErr();
    err.println("error: " + line);
    if (verbose) {
      error.printStackTrace(err);
    }
    err.flush();
  }

  private static String describe(FileSystemException error) {
    if (error instanceof NoSuchFileException) {
      return "no such file: " + error.getFile();
    }
    if (error instanceof AccessDeniedException) {
      return "no permission for " + error.getFile();
    }
    if (error instanceof FileAlreadyExistsException || error instanceof NotDirectoryException) {
      return error.getFile() + " is not a directory";
    }
    return "cannot use " + firstLine(error.getMessage());
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

  /** The whole message, because what it says last is often what to do. */
  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private static String firstLine(String message) {
    return message == null ? "no message" : message.lines().findFirst().orElse("");
  }
}
