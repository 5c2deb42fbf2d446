// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.spi.Catalog;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.tasks.SmallEncoder;
import org.nola4j.experiments.tasks.TextClassificationExperiment;

/** With an untrained head over a small random encoder. */
class ClassifyCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  @TempDir private Path folder;
  private Path adapter;

  @BeforeEach
  void train() throws IOException {
    Path base = SmallEncoder.write(folder, 5);
    Path texts =
        Files.writeString(folder.resolve("a.csv"), "x,my bill\nx,bill\ny,my parcel\ny,parcel\n");
    List<Setting> settings =
        Stream.of(
                "base.file=" + base,
                "dataset.name=" + texts,
                "dataset.validation=1",
                "dataset.shots=1",
                "model.maxTokens=8")
            .map(Setting::parse)
            .toList();
    ExperimentConfig config = ConfigLoader.packaged().load("text-classification", "head", settings);
    adapter = folder.resolve("adapter.safetensors");
    try (Run run = new TextClassificationExperiment().start(config, Contexts.withData(folder))) {
      run.writeAdapter(adapter);
    }
  }

  private int classify(String... arguments) {
    PrintStream screen =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    List<String> all = new ArrayList<>(List.of("classify", "--adapter", adapter.toString()));
    all.addAll(List.of(arguments));
    return Main.commandLine(new Catalog(List.of(), List.of(), List.of()), screen)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  private List<List<String>> lines() {
    return out.toString().lines().map(line -> List.of(line.split("\t"))).toList();
  }

  @Test
  void aLineEachWithoutBlankOnes() throws IOException {
    assertEquals(
        0, classify(file("a.txt", "\ufeffmy parcel\n\n a\tbill \r\n"), file("b.txt", "x")));
    assertEquals(List.of("my parcel", "a bill", "x"), lines().stream().map(l -> l.get(2)).toList());
    for (List<String> line : lines()) {
      assertTrue(List.of("x", "y").contains(line.get(0)), line.toString());
      assertTrue(Double.parseDouble(line.get(1)) >= 0.5, line.toString());
    }
  }

  @Test
  void severalLabelsFallInProbability() throws IOException {
    assertEquals(0, classify("--top=9", file("a.txt", "my parcel\n")));
    List<String> line = lines().get(0);
    assertEquals(5, line.size());
    double first = Double.parseDouble(line.get(1));
    assertTrue(first >= Double.parseDouble(line.get(3)), line.toString());
    assertEquals(1, first + Double.parseDouble(line.get(3)), 0.002);
  }

  /** More than are held at a time. */
  @Test
  void manyTextsKeepTheirOrder() throws IOException {
    StringBuilder texts = new StringBuilder();
    for (int i = 0; i < 1030; i++) {
      texts.append(i % 3 == 0 ? "my bill" : "where is my late parcel").append('\n');
    }
    assertEquals(0, classify(file("many.txt", texts.toString())));
    List<List<String>> lines = lines();
    assertEquals(texts.toString().lines().toList(), lines.stream().map(l -> l.get(2)).toList());
    assertEquals(2, lines.stream().distinct().count());
  }

  @Test
  void standardInputIsTheDefault() {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("my bill\n".getBytes(StandardCharsets.UTF_8)));
      assertEquals(0, classify());
      System.setIn(
          new ByteArrayInputStream("ok\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1)));
      assertEquals(2, classify());
    } finally {
      System.setIn(before);
    }
    assertEquals("my bill", lines().get(0).get(2));
    assertMessage("error: standard input, line 2: expected text in UTF-8");
  }

  @Test
  void mistakes() throws IOException {
    Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', '\n', (byte) 0xe9});
    assertEquals(2, classify(latin.toString()));
    assertMessage("error: " + latin + ", line 2: expected text in UTF-8");
    assertEquals(2, classify(folder.toString()));
    assertMessage("error: expected a file, but " + folder + " is a folder");
    assertEquals(2, classify("none.txt"));
    assertMessage("error: no such file: none.txt");
    assertEquals(2, classify("--top=0"));
    assertMessage("error: --top must be at least 1, was 0");
    adapter = folder;
    assertEquals(2, classify());
    assertMessage("error: expected a file, but " + folder + " is a folder");
    adapter = folder.resolve("a.csv");
    assertEquals(2, classify());
    assertMessage("error: " + adapter);
    assertEquals("", out.toString());
  }

  /** One line, the last one. */
  private void assertMessage(String begin) {
    String last = err.toString().lines().reduce((a, b) -> b).orElseThrow();
    assertTrue(last.startsWith(begin), last);
  }
}
