// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;

class TextFileTest {
  @TempDir Path folder;

  private LabeledTexts read(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, content);
    return TextFile.read(file);
  }

  @Test
  void labelsAndTexts() throws IOException {
    String content =
        "label,text\nship,\" Where is it, \"\"please\"\"?\nToday.\"\n\nbill,Too much\n";
    LabeledTexts texts = read("tickets.csv", content);
    assertEquals(List.of("bill", "ship"), texts.classes());
    assertEquals(List.of("Where is it, \"please\"?\nToday.", "Too much"), texts.texts());
    assertArrayEquals(new int[] {1, 0}, texts.labels());
  }

  @Test
  void withoutAHeaderAndWithAnother() throws IOException {
    assertEquals(List.of("one", "two"), read("a.csv", "x,one\r\ny,two").texts());
    LabeledTexts texts = read("a.tsv", "\ufeffid\tText\tLabel\n7\tone, or more\tx\n8\ttwo\ty\n");
    assertEquals(List.of("one, or more", "two"), texts.texts());
    assertEquals(List.of("x", "y"), texts.classes());
  }

  @Test
  void gzipped() throws IOException {
    Path file = folder.resolve("a.csv.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("x,one\ny,two\n".getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(List.of("one", "two"), TextFile.read(file).texts());
  }

  @Test
  void mistakesAreNamedByLine() {
    assertMessage(
        "line 3: expected 2 columns, found 3: [y, two,  three]; put texts with commas, quotes or"
            + " line breaks in quotes",
        "label,text\nx,one\ny,two, three\n");
    assertMessage("line 4: expected a label, found none", "x,\"one\nmore\"\n\n ,two\n");
    assertMessage(
        "line 2: expected a label without tabs and line breaks, found one with some",
        "x,one\n\"y\nz\",two\n");
    for (String header : List.of("category,text", "message,label", "text,label,text")) {
      assertMessage(
          "line 1: expected a header with one label and one text, found ["
              + header.replace(",", ", ")
              + "]; rename its columns",
          header + "\nx,one\n");
    }
    assertMessage(": expected two labels or more, found only \"x\"", "label,text\nx,one\nx,two\n");
    assertMessage("line 2: expected a text, found none", "x,one\ny,\n");
    assertMessage("line 2: expected 2 columns, found 1: [y]", "x,one\ny\n");
    assertMessage(": expected records of a label and a text, found none", "label,text\n");
    assertMessage(": expected records of a label and a text, found none", "");
    assertMessage("from line 2 on: expected CSV in UTF-8, found", "x,one\ny,\"two\nz,three\n");
  }

  @Test
  void anotherEncoding() throws IOException {
    Path file = folder.resolve("a.csv");
    Files.write(file, "x,one\ny,sch\u00f6n\n".getBytes(StandardCharsets.ISO_8859_1));
    String message = assertThrows(DataSetException.class, () -> TextFile.read(file)).getMessage();
    assertTrue(message.contains("expected CSV in UTF-8, found other bytes"), message);
  }

  @Test
  void noFile() {
    Path file = folder.resolve("none.csv");
    assertEquals(
        "there is no file " + file,
        assertThrows(DataSetException.class, () -> TextFile.read(file)).getMessage());
  }

  private void assertMessage(String part, String content) {
    String message =
        assertThrows(DataSetException.class, () -> read("wrong.csv", content)).getMessage();
    assertTrue(message.startsWith(folder.resolve("wrong.csv").toString()), message);
    assertTrue(message.contains(part), message);
  }
}
