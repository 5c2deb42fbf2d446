// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.spi.Catalog;

class ScoreCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  @TempDir private Path folder;
  private Path texts;
  private Path references;

  @BeforeEach
  void files() throws IOException {
    texts = Files.writeString(folder.resolve("texts.txt"), "a b c d\ne f g h\n");
    references =
        Files.writeString(folder.resolve("references.txt"), "a b c d\na b\n\n\ne f g h\n\n");
  }

  private int score(String... options) {
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    List<String> all =
        new ArrayList<>(
            List.of("score", "--hypotheses", "" + texts, "--references", "" + references));
    all.addAll(List.of(options));
    return Main.commandLine(new Catalog(List.of(), List.of(), List.of()), screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void groupsOfReferences() {
    assertEquals(0, score(), err.toString());
    String table = out.toString();
    assertTrue(table.contains("texts.txt against references.txt"), table);
    for (String title : List.of("BLEU", "NIST", "METEOR (exact, stem)", "ROUGE-L", "CIDEr")) {
      assertTrue(table.contains(title), table);
    }
    assertTrue(table.contains("2 texts, 3 references."), table);
    assertTrue(table.contains("100.00"), table);
  }

  @Test
  void someMetricsAsCsv() throws IOException {
    Files.writeString(references, "a b c d\ne f h g\n");
    assertEquals(0, score("--metrics", "ter,rouge-l", "--format", "csv"), err.toString());
    List<String> lines = out.toString().lines().toList();
    assertEquals("ter,rouge-l", lines.get(0));
    assertEquals("0.125,87.5", lines.get(1));
  }

  @Test
  void aByteOrderMarkIsNoPartOfATextAndOtherBytesAreRefused() throws IOException {
    assertEquals(0, score());
    String plain = out.toString();
    out.getBuffer().setLength(0);
    Files.writeString(texts, "\ufeffa b c d\r\ne f g h \r\n");
    assertEquals(0, score(), err.toString());
    assertEquals(plain, out.toString());
    Files.writeString(texts, "a b c d\ncaf\u00e9\n", StandardCharsets.ISO_8859_1);
    assertEquals(2, score());
    assertTrue(
        err.toString().contains(texts + ", line 2: expected text in UTF-8, found other bytes"),
        err.toString());
    texts = folder;
    assertEquals(2, score());
    assertTrue(err.toString().contains("expected a file, but " + folder), err.toString());
  }

  @Test
  void theProtocolOfWebNlg() {
    assertEquals(0, score("--protocol", "webnlg"), err.toString());
    assertTrue(out.toString().contains("BLEU (multi-bleu-detok)"), out.toString());
  }

  @Test
  void mistakes() throws IOException {
    Files.writeString(references, "a b c d\n");
    assertEquals(2, score());
    assertTrue(
        err.toString().contains("has 2 texts (lines), but " + references + " has references of 1"),
        err.toString());
    assertEquals(2, score("--metrics", "blue"));
    assertTrue(
        err.toString().contains("must be one of [bleu, multi-bleu, nist, meteor"), err.toString());
    Files.delete(texts);
    assertEquals(2, score());
    assertTrue(err.toString().contains("no such file: " + texts), err.toString());
  }
}
