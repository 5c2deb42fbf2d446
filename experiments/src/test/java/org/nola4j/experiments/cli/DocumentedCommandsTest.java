// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nola4j.experiments.spi.Catalog;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The command line takes every {@code ./nola} command of the documentation. */
class DocumentedCommandsTest {
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

  /** A command in a block of its own, behind a pipe or settings of the environment or not. */
  private static final Pattern COMMAND =
      Pattern.compile("^ {4}(?:.*\\| )?(?:[A-Z_]+=\\S+ )*\\./nola ([a-z].*)$", Pattern.MULTILINE);

  /** A word, in quotes or not; what comes after {@code #} is a comment. */
  private static final Pattern WORD = Pattern.compile("'([^']*)'|([^\\s'#]\\S*)|(#.*)");

  @TestFactory
  Stream<DynamicTest> commandsParse() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      Matcher command = COMMAND.matcher(Files.readString(document, StandardCharsets.UTF_8));
      while (command.find()) {
        List<String> words = words(command.group(1));
        tests.add(
            DynamicTest.dynamicTest(
                ROOT.relativize(document) + ": " + command.group(1),
                () -> assertDoesNotThrow(() -> parse(words))));
      }
    }
    assertTrue(tests.size() > 40, tests.size() + " commands");
    return tests.stream();
  }

  @Test
  void othersDoNot() {
    assertThrows(ParameterException.class, () -> parse(List.of("run", "mnist", "--rank", "3")));
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      Stream<Path> all =
          Stream.concat(
              Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")),
              docs.filter(path -> path.toString().endsWith(".md")).sorted());
      return all.toList();
    }
  }

  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find() && word.group(3) == null) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    words.remove("...");
    return words;
  }

  private static void parse(List<String> words) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    CommandLine commandLine = Main.commandLine(Catalog.installed(), nowhere);
    commandLine.parseArgs(words.toArray(String[]::new));
  }
}
