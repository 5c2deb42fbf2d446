// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.synthetic.SyntheticDigits;
import org.nola4j.layers.NolaDense;

/** The examples run, on a few generated images. */
@Tag("slow")
class ExamplesTest {
  @TempDir Path folder;

  private final PrintStream screen = System.out;
  private final Locale locale = Locale.getDefault();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    Locale.setDefault(Locale.ROOT);
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stopListening() {
    System.setOut(screen);
    Locale.setDefault(locale);
  }

  @Test
  void categoriesPerCustomer() throws IOException {
    assumeTrue(
        getClass().getClassLoader().getResource("all-minilm-l6-v2.onnx") != null,
        "all-MiniLM-L6-v2 is not on the class path: build with -Pminilm");
    assertArrayEquals(new int[] {0, 1}, CategoriesPerCustomer.run(15));
  }

  @Test
  void fewShotAdapters() throws IOException {
    FewShotAdapters.run(digits(1), digits(2), 15, folder);
    assertTrue(Files.size(folder.resolve("clothes-from-5-shots.safetensors")) < 8_000);
    assertTrue(Files.exists(folder.resolve("clothes-from-10-shots.safetensors")));
    String trained = line("10 shots: ");
    assertEquals(trained, line("10 shots, from the file: "));
    assertEquals(trained, line("10 shots, merged: "));
    assertTrue(percent(trained) > 30, trained);
  }

  @Test
  void plugInNolaDense() throws IOException {
    Path file = folder.resolve("digits.safetensors");
    PlugInNolaDense.run(digits(1), file);
    assertTrue(Files.size(file) < 20_000);
    assertTrue(
        text().contains("the hidden layer has 200,704 weights, 1,000 coefficients and 256 biases"));
    assertEquals(line("trained: "), line("from the file: "));
    assertTrue(percent(line("trained: ")) > 20, text());
  }

  /** On real digits, where a rate that is too large would make the layer a hindrance. */
  @Test
  void plugInNolaDenseTrainsItsLayerToAdvantage() {
    MultiLayerConfiguration untrained = PlugInNolaDense.conf();
    NolaDense layer = (NolaDense) untrained.getConf(0).getLayer();
    layer.setScaledRate(false);
    layer.setIUpdater(new Sgd(0));
    layer.setBiasUpdater(new Sgd(0));
    double gain = accuracyAfterTraining(PlugInNolaDense.conf()) - accuracyAfterTraining(untrained);
    assertTrue(gain > 0.01, "training the layer gains " + gain);
  }

  private static double accuracyAfterTraining(MultiLayerConfiguration conf) {
    ImageSplits<LabeledImages> digits = ExampleData.first("mnist-10k", 10_000, 2_000);
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    network.fit(ExampleData.batches(digits.train()), 4); // as many steps as the example's
    return network.evaluate(ExampleData.batches(digits.test())).accuracy();
  }

  @Test
  void serveManyAdapters() {
    ServeManyAdapters.run(digits(1), 10);
    assertTrue(text().contains("8 adapters in "), text());
    double unadapted = percent(line("camera 5, no adapter: "));
    for (int camera = 0; camera < 8; camera++) {
      assertTrue(percent(line("camera " + camera + ": ")) > 40, text());
    }
    assertTrue(unadapted < 30, text());
  }

  @Test
  void everyExampleIsShort() throws IOException {
    for (String name : List.of("FewShotAdapters", "PlugInNolaDense", "ServeManyAdapters")) {
      Path source = Path.of("src/main/java/org/nola4j/experiments/examples", name + ".java");
      assertTrue(Files.readAllLines(source).size() <= 80, name);
    }
  }

  private static ImageSplits<LabeledImages> digits(long seed) {
    return new SyntheticDigits(seed, 400, 100).generate();
  }

  /** What follows these words. */
  private String line(String begin) {
    return text()
        .lines()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()))
        .findFirst()
        .orElseThrow(() -> new AssertionError(begin + " is not in " + text()));
  }

  private static double percent(String text) {
    return Double.parseDouble(text.substring(0, text.indexOf(' ')));
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
