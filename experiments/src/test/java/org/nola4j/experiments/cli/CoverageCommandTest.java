// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.spi.Catalog;

@Tag("slow")
class CoverageCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void writesBothFilesAndSaysWhere() throws IOException {
    assertEquals(
        0, execute("--d", "4,5", "--n", "2..12:2", "--rank=2", "--seed=7"), err.toString());
    Path csv = folder.resolve("coverage.csv");
    Path png = folder.resolve("coverage.png");
    List<String> lines = Files.readAllLines(csv);
    assertEquals(1 + 2 * 6 * 2, lines.size());
    assertTrue(lines.contains("nola,5,8,2,32,7,1.0E-10,16,16,0.64,0.64"), lines.toString());
    assertTrue(Files.size(png) > 10_000);
    assertTrue(out.toString().contains("|   5 |   8 |"), out.toString());
    assertTrue(out.toString().contains("All points: " + csv), out.toString());
    assertTrue(out.toString().contains("Figure: " + png), out.toString());
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void outputFolderIsCheckedBeforeMeasuringAndTheTableIsPrintedBeforeTheChart() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertEquals(2, execute("--d=4", "--n=2..4", "--rank=2", "--out=" + file));
    assertEquals("error: --out: " + file + " is not a directory\n", err.toString());

    Files.createDirectories(folder.resolve("coverage.png/in the way"));
    assertEquals(2, execute("--d=4", "--n=2..4", "--rank=2"));
    assertTrue(out.toString().contains("|   4 |   4 |"), out.toString());
    assertFalse(out.toString().contains("Figure: "), out.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--d=0          | --d must be 1 to 64; found [0]",
        "--d=x          | --d takes whole numbers such as 16 or 8,16 or 4..40 or 4..40:2; found"
            + " \"x\"",
        "--d=8,         | --d takes whole numbers such as 16 or 8,16 or 4..40 or 4..40:2; found"
            + " \"\"",
        "--n=9999999999 | --n takes whole numbers such as 16 or 8,16 or 4..40 or 4..40:2; found"
            + " \"9999999999\"",
        "--n=9..4       | --n takes an ascending range; found \"9..4\"",
        "--n=4..9:0     | --n takes an ascending range; found \"4..9:0\"",
        "--n=4..999999999 | --n takes at most 10000 numbers; found \"4..999999999\"",
        "--rank=17      | --rank must be 1 to the smallest d, 16; found 17"
      })
  void wrongInputIsOneLineAndStatusTwo(String option, String message) {
    assertEquals(2, execute(option));
    assertEquals("error: " + message + "\n", err.toString());
    assertFalse(Files.exists(folder.resolve("coverage.csv")));
  }

  @Test
  void numbersAsPeopleWriteThem() {
    assertEquals(List.of(4, 5, 6), IntegerList.parse("--n", "4..6"));
    assertEquals(List.of(4, 6), IntegerList.parse("--n", "4..7:2"));
    assertEquals(List.of(8, 1, 2, 3), IntegerList.parse("--n", "8, 1..3"));
    assertEquals(List.of(0), IntegerList.parse("--n", "0"));
  }

  private int execute(String... options) {
    List<String> arguments = new ArrayList<>(List.of("coverage"));
    if (Arrays.stream(options).noneMatch(option -> option.startsWith("--out"))) {
      arguments.addAll(List.of("--out", folder.toString()));
    }
    arguments.addAll(Arrays.asList(options));
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Main.commandLine(new Catalog(List.of(), List.of(), List.of()), screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new));
  }
}
