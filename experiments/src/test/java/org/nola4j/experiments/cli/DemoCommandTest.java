// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.spi.Catalog;

@Tag("slow")
class DemoCommandTest {
  private static final Pattern READ =
      Pattern.compile(
          "nola-seed1\\.safetensors, ([\\d,]+) bytes, read into an untrained network: test"
              + " accuracy ([\\d.]+) % before, ([\\d.]+) % after");

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void trainsAllMethodsAndReadsNolasFileAgain() throws IOException {
    assertEquals(0, run("demo", "--epochs", "2", "--out", folder.toString()), err.toString());
    String shown = out.toString();
    for (String method : List.of("dense", "lora", "nola", "nola-large", "pranc", "hashednet")) {
      assertTrue(shown.contains("| " + method + " "), shown);
    }
    assertTrue(shown.contains("the figures are for this subset, not for MNIST"), shown);

    Matcher read = READ.matcher(shown);
    assertTrue(read.find(), shown);
    double before = Double.parseDouble(read.group(2));
    double after = Double.parseDouble(read.group(3));
    assertTrue(after > before, shown);
    // The file has all that was learned: the same accuracy as in training.
    assertTrue(row(shown, "nola").contains(" %s ".formatted(read.group(3))), shown);
    assertTrue(row(shown, "nola").contains(" %s ".formatted(read.group(1))), shown);
    assertEquals(
        Files.size(folder.resolve("demo/nola-seed1.safetensors")),
        Long.parseLong(read.group(1).replace(",", "")));
    assertTrue(ImageIO.read(folder.resolve("demo/demo.png").toFile()).getHeight() > 700);
  }

  private static String row(String table, String method) {
    return table
        .lines()
        .filter(line -> line.startsWith("| " + method + " "))
        .findFirst()
        .orElseThrow();
  }

  private int run(String... args) {
    return Main.commandLine(
            Catalog.installed(), new PrintStream(OutputStream.nullOutputStream(), false))
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }
}
