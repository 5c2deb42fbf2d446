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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.synthetic.SyntheticDigits;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.LeNet;
import org.nola4j.models.checkpoint.BertCheckpoint;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** The examples run, on a few generated images. */
@Tag("slow")
class ExamplesTest {
  private static final String ENCODER = "all-minilm-l6-v2.onnx";
  private static final String NO_ENCODER =
      "all-MiniLM-L6-v2 is not on the class path: build with -Pminilm";

  /** Mail that no customer had, as {@link CategoriesPerCustomer#MAIL}. */
  private static final Map<String, List<String>> UNSEEN =
      Map.of(
          "shop",
          List.of(
              "Is the lamp in stock?", "The lamp works.",
              "When do you open?", "You were open, thanks.",
              "How long is the cable?", "The cable is long enough.",
              "Has the refund been sent?", "I got the refund.",
              "Will you repair my watch?", "My watch is repaired.",
              "Which size is right for me?", "The size is right."),
          "clinic",
          List.of(
              "Can you change my bandage?", "My bandage was changed.",
              "When may I come?", "I came on Friday.",
              "I would like a flu shot.", "I have had the flu shot.",
              "Who can bring the crutches back?", "I brought the crutches back.",
              "Tell me the result, please.", "The nurse told me the result.",
              "Does the cream help?", "The cream helped."));

  private static final ImageSplits<LabeledImages> DIGITS =
      ExampleData.first("mnist-10k", 10_000, 2_000);

  private static final List<String> EXAMPLES =
      List.of("CategoriesPerCustomer", "FewShotAdapters", "PlugInNolaDense", "ServeManyAdapters");

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
    assumeTrue(hasEncoder(), NO_ENCODER);
    assertArrayEquals(new int[] {0, 1}, CategoriesPerCustomer.run(24));
  }

  @Test
  void fewShotAdapters() throws IOException {
    FewShotAdapters.run(digits(1), digits(2), 15, folder);
    assertTrue(Files.size(folder.resolve("clothes-from-5-shots.safetensors")) < 24_000);
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

  /*
   * Rates that are too large make a network worse than one whose layer is left alone, so these
   * compare the two, on real digits and with the examples' rates.
   */

  @Test
  void plugInNolaDenseTrainsItsLayerToAdvantage() {
    double gain = gain(() -> network(PlugInNolaDense.conf()), DIGITS, 4, 0);
    assertTrue(gain > 0.01, "training the layer gains " + gain);
  }

  /** Against a last layer that is trained alone. */
  @Test
  void fewShotAdaptersAreTrainedToAdvantage() {
    MultiLayerNetwork lenet = LeNet.builder().build().init();
    lenet.fit(ExampleData.batches(new SyntheticDigits(1, 800, 1).generate().train()), 2);
    ImageSplits<LabeledImages> shots =
        new ImageSplits<>(DIGITS.train().shots(10, 1), DIGITS.test());
    double gain =
        gain(
            () -> Adapters.wrap(lenet, FewShotAdapters.PLAN).network(),
            shots,
            30,
            IntStream.range(0, lenet.getnLayers() - 1).toArray());
    assertTrue(gain > 0.01, "training the adapters gains " + gain);
  }

  /** Two bases gained 12 points each. */
  @Test
  void serveManyAdaptersTrainsItsHiddenLayerToAdvantage() {
    MultiLayerNetwork base =
        network(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam())
                .list()
                .layer(
                    new DenseLayer.Builder().nIn(784).nOut(256).activation(Activation.RELU).build())
                .layer(new OutputLayer.Builder().nIn(256).nOut(10).build())
                .build());
    base.fit(ExampleData.batches(DIGITS.train()), 2);
    ImageSplits<LabeledImages> lowered =
        new ImageSplits<>(
            ExampleData.lowered(DIGITS.train(), 15), ExampleData.lowered(DIGITS.test(), 15));
    double gain = gain(() -> Adapters.wrap(base, ServeManyAdapters.PLAN).network(), lowered, 2, 0);
    assertTrue(gain > 0.05, "training the adapter gains " + gain);
  }

  /** Against the head alone; the mean over both customers. */
  @Test
  void categoriesPerCustomerTrainsItsEncoderToAdvantage() throws IOException {
    assumeTrue(hasEncoder(), NO_ENCODER);
    AdapterPlan head =
        AdapterPlan.builder().train(BertEncoder.HEAD).updater(new Adam(0.01)).build();
    try (BertCheckpoint encoder = BertCheckpoint.ofResource(ENCODER);
        TextTokenizer tokenizer =
            TextTokenizer.ofResource("all-minilm-l6-v2-tokenizer.json", 128)) {
      ComputationGraph base = encoder.model().classes(2).build().init();
      encoder.readInto(base);
      double gain = 0;
      for (String customer : UNSEEN.keySet()) {
        List<String> mail = CategoriesPerCustomer.MAIL.get(customer);
        DataSet train = ExampleData.inTurn(tokenizer.batch(mail));
        DataSet test = ExampleData.inTurn(tokenizer.batch(UNSEEN.get(customer)));
        gain += loss(base, head, train, test) - loss(base, CategoriesPerCustomer.PLAN, train, test);
      }
      assertTrue(gain / 2 > 0.05, "training the encoder gains " + gain / 2);
    }
  }

  private static double loss(ComputationGraph base, AdapterPlan plan, DataSet train, DataSet test) {
    ComputationGraph network = Adapters.wrap(base, plan).network();
    network.fit(new SingletonDataSetIterator(train), 24);
    return network.score(test);
  }

  private static boolean hasEncoder() {
    return ExamplesTest.class.getClassLoader().getResource(ENCODER) != null;
  }

  private static MultiLayerNetwork network(MultiLayerConfiguration conf) {
    MultiLayerNetwork network = new MultiLayerNetwork(conf);
    network.init();
    return network;
  }

  /** How much more of the test images is right where some layers are not held as they are. */
  private static double gain(
      Supplier<MultiLayerNetwork> network,
      ImageSplits<LabeledImages> images,
      int epochs,
      int... layers) {
    double trained = accuracy(network.get(), images, epochs);
    return trained - accuracy(holding(network.get(), layers), images, epochs);
  }

  private static double accuracy(
      MultiLayerNetwork network, ImageSplits<LabeledImages> images, int epochs) {
    network.fit(ExampleData.batches(images.train()), epochs);
    return network.evaluate(ExampleData.batches(images.test())).accuracy();
  }

  /** A network some of whose layers are after each step what they were at first. */
  private static MultiLayerNetwork holding(MultiLayerNetwork network, int... layers) {
    IdentityHashMap<INDArray, INDArray> first = new IdentityHashMap<>();
    for (int layer : layers) {
      INDArray parameters = network.getLayer(layer).params();
      if (parameters != null) {
        first.put(parameters, parameters.dup());
      }
    }
    network.addListeners(
        new BaseTrainingListener() {
          @Override
          public void iterationDone(Model model, int iteration, int epoch) {
            first.forEach(INDArray::assign);
          }
        });
    return network;
  }

  @Test
  void serveManyAdapters() {
    ServeManyAdapters.run(digits(1), 15);
    assertTrue(text().contains("8 adapters in "), text());
    double unadapted = percent(line("camera 5, no adapter: "));
    for (int camera = 0; camera < 8; camera++) {
      assertTrue(percent(line("camera " + camera + ": ")) > 40, text());
    }
    assertTrue(unadapted < 30, text());
  }

  @Test
  void everyExampleIsShort() throws IOException {
    for (String name : EXAMPLES) {
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
