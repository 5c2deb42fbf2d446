// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;

/** On generated digits: one network is trained on a few of them for all tests here. */
@Tag("slow")
class MnistToFashionTest {
  private static final List<String> METHODS =
      List.of("full", "head", "lora-rank1", "lora-rank4", "nola", "pranc");

  @TempDir static Path results;
  @TempDir Path folder;

  @Test
  void everyMethodStartsFromTheSameNetworkLearnsAndWritesWhatWasPlanned() throws IOException {
    Map<String, Double> first = new TreeMap<>();
    for (String method : METHODS) {
      try (Run run = start(method)) {
        List<Double> losses = new ArrayList<>();
        run.trainEpoch(1, 0, (examples, loss) -> losses.add(loss));
        assertEquals(10, losses.size());
        first.put(method, losses.get(0));
        double last = losses.get(losses.size() - 1);
        assertTrue(last < 0.9 * losses.get(0), method + " from " + losses.get(0) + " to " + last);
        Plan plan = new MnistToFashionExperiment().plan(config(method));
        assertEquals(plan.parameters(), run.parameters(), method);
        Path file = folder.resolve(method + ".safetensors");
        run.writeAdapter(file);
        assertEquals(plan.adapterBytes(), Files.size(file), method);
      }
    }
    for (String method : METHODS) {
      assertEquals(first.get("full"), first.get(method), 1e-6, method);
    }
  }

  @Test
  void countsAreThoseOfTheMethods() {
    int head = 84 * 10 + 10;
    assertEquals(4 * 100 + head, trained("nola"));
    assertEquals(4 * 100 + head, trained("pranc"));
    int sides = 30 + 5 + 80 + 30 + 400 + 120 + 120 + 84;
    assertEquals(sides + head, trained("lora-rank1"));
    assertEquals(4 * sides + head, trained("lora-rank4"));
    assertEquals(head, trained("head"));
    assertEquals(61_706, trained("full"));
  }

  private static long trained(String method) {
    return new MnistToFashionExperiment().plan(config(method)).parameters().trained();
  }

  @Test
  void resumedRunEndsWithTheSameBitsAsAnUninterruptedOne() throws IOException {
    List<Double> whole = new ArrayList<>();
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    try (Run run = start("nola")) {
      run.trainEpoch(
          1,
          0,
          (examples, loss) -> {
            whole.add(loss);
            if (whole.size() == 7) {
              run.writeState(state);
            }
          });
      run.writeAdapter(folder.resolve("one"));
    }
    List<Double> resumed = new ArrayList<>();
    try (Run run = start("nola")) {
      run.readState(new ByteArrayInputStream(state.toByteArray()));
      run.trainEpoch(1, 7, (examples, loss) -> resumed.add(loss));
      run.writeAdapter(folder.resolve("two"));
    }
    assertEquals(whole.subList(7, whole.size()), resumed);
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("one")), Files.readAllBytes(folder.resolve("two")));
  }

  @Test
  void baseIsTrainedOnceAndKeptAsTheResultOfItsRun() throws IOException {
    List<String> notes = new ArrayList<>();
    start("head", folder, notes).close();
    assertEquals(1, notes.size());
    Path file = baseFile();
    byte[] bytes = Files.readAllBytes(file);
    assertEquals("training the base network, to be stored as " + file, notes.get(0));
    var result = ResultStore.read(Path.of(file.toString().replace(".safetensors", ".json")));
    assertEquals("synthetic-digits", result.dataset().name());
    assertEquals(61_706, result.parameters().trained());

    start("nola", folder, notes, "seed=2").close();
    assertEquals(1, notes.size(), "it is there");

    Files.delete(file);
    start("nola", folder, notes).close();
    assertEquals(2, notes.size(), "it was lost");
    assertArrayEquals(bytes, Files.readAllBytes(file));

    start("nola", folder, notes, "base.seed=2").close();
    assertEquals(3, notes.size(), "it is another one");
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void damagedBaseIsNamed() throws IOException {
    start("head", folder, new ArrayList<>()).close();
    Path file = baseFile();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    String message =
        assertThrows(UserException.class, () -> start("nola", folder, new ArrayList<>()))
            .getMessage();
    assertTrue(
        message.startsWith(
            file + " is not the base network; delete it to train the network again: "),
        message);
    assertTrue(message.contains("expected contents of digest"), message);
  }

  @Test
  void settingsThatDoNotFitAreNamed() {
    assertMessage(
        "reparameterization: weight \"W\" (30 x 5) of layer \"conv1\" (ConvolutionLayer): w0 must"
            + " be pretrained, because a trained network is adapted",
        () -> new MnistToFashionExperiment().plan(config("nola", "reparameterization.w0=seeded")));
    assertMessage(
        "base is missing: this experiment adapts a trained network, which base must specify",
        () -> new MnistToFashionExperiment().plan(config("nola", "base=null")));
    assertMessage(
        "reparameterization: the plan neither adapts nor trains any layer: add a rule with adapt or"
            + " train, or call trainNothing() for a network that only computes",
        () -> new MnistToFashionExperiment().plan(config("head", "classifier.name=frozen")));
    assertMessage(
        "reparameterization: w0 cannot be pretrained when a network is trained from scratch",
        () -> new MnistExperiment().plan(mnist("nola", "reparameterization.w0=pretrained")));
    assertMessage(
        "reparameterization: w0 cannot be pretrained when a network is trained from scratch",
        () ->
            new MnistExperiment()
                .plan(mnist("dense", "reparameterization={\"method\":\"frozen\"}")));
    String base =
        """
        base={"seed": 1, "dataset": {"name": "mnist", "normalization": "unit"},
              "training": {"epochs": 1, "batchSize": 1, "optimizer": "sgd", "learningRate": 1,
                           "schedule": {"kind": "constant"}}}
        """;
    assertMessage(
        "base: this experiment trains from scratch and does not adapt a network",
        () -> new MnistExperiment().plan(mnist("nola", base)));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(UserException.class, action::run).getMessage());
  }

  private Path baseFile() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("base"))) {
      return files.filter(f -> f.toString().endsWith(".safetensors")).findFirst().orElseThrow();
    }
  }

  private static Run start(String method) {
    return new MnistToFashionExperiment().start(config(method), Contexts.in(results));
  }

  private static Run start(String method, Path out, List<String> notes, String... settings) {
    RunContext context = new RunContext(Optional.empty(), new ResultStore(out), notes::add);
    return new MnistToFashionExperiment().start(config(method, settings), context);
  }

  private static ExperimentConfig config(String method, String... settings) {
    List<Setting> all = new ArrayList<>();
    for (String setting :
        List.of(
            "dataset.name=synthetic-digits",
            "dataset.validation=100",
            "dataset.shots=5",
            "dataset.passes=10",
            "training.epochs=5",
            "training.batchSize=50",
            "training.learningRate=0.005",
            "base.dataset.name=synthetic-digits",
            "base.dataset.shots=20",
            "base.dataset.validation=100",
            "base.training.epochs=2")) {
      all.add(Setting.parse(setting));
    }
    Stream.of(settings).map(Setting::parse).forEach(all::add);
    return ConfigLoader.packaged().load("mnist-to-fashion", method, all);
  }

  private static ExperimentConfig mnist(String method, String setting) {
    return ConfigLoader.packaged().load("mnist", method, List.of(Setting.parse(setting)));
  }
}
