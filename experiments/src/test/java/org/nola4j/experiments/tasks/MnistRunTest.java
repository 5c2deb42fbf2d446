// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nola4j.adapter.Adapter;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;

@Tag("slow")
class MnistRunTest {
  @TempDir Path folder;

  static Stream<String> methods() {
    return ConfigLoader.packaged().methods("mnist").stream();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void learns(String method) throws IOException {
    try (Run run = start(method)) {
      List<Double> losses = new ArrayList<>();
      for (int epoch = 1; epoch <= 2; epoch++) {
        run.trainEpoch(epoch, 0, (examples, loss) -> losses.add(loss));
      }
      assertEquals(2 * run.batchesPerEpoch(), losses.size());
      assertEquals(Math.log(10), losses.get(0), 0.4);
      assertTrue(run.evaluate().trainLoss() < 0.9 * losses.get(0), "ends at " + run.evaluate());
      assertTrue(run.testAccuracy() > 0.2);
    }
  }

  @Test
  void resumedRunEndsWithTheSameBitsAsAnUninterruptedOne() throws IOException {
    List<Double> whole = new ArrayList<>();
    Path one = folder.resolve("one.safetensors");
    Path two = folder.resolve("two.safetensors");
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    try (Run run = start("nola")) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      run.writeState(state);
      run.trainEpoch(2, 0, (examples, loss) -> whole.add(loss));
      run.writeAdapter(one);
    }
    List<Double> resumed = new ArrayList<>();
    try (Run run = start("nola")) {
      run.readState(new ByteArrayInputStream(state.toByteArray()));
      run.trainEpoch(2, 0, (examples, loss) -> resumed.add(loss));
      run.writeAdapter(two);
    }
    assertEquals(whole, resumed);
    assertArrayEquals(Files.readAllBytes(one), Files.readAllBytes(two));
  }

  @Test
  void planIsWhatTheRunHasAndWrites() throws IOException {
    for (String method : methods().toList()) {
      Plan plan = new MnistExperiment().plan(config(method));
      try (Run run = start(method)) {
        assertEquals(plan.parameters(), run.parameters(), method);
        Path file = folder.resolve(method + ".safetensors");
        run.writeAdapter(file);
        assertEquals(plan.adapterBytes(), Files.size(file), method);
      }
    }
  }

  @Test
  void countsOfTheConfigurationsAreEqualWhereMethodsAllowIt() {
    for (String method : List.of("nola", "pranc", "hashednet")) {
      Plan plan = new MnistExperiment().plan(config(method));
      assertEquals(64, plan.parameters().coefficients(), method);
      assertEquals(266, plan.parameters().biases(), method);
      assertEquals(32, plan.layers().get("dense1").coefficients(), method);
    }
    assertEquals(1306, new MnistExperiment().plan(config("lora")).parameters().coefficients());
    assertEquals(203_264, new MnistExperiment().plan(config("dense")).parameters().coefficients());
  }

  /** Tables 2 and 3: neither costs a trained number. */
  @ParameterizedTest
  @CsvSource({"1, separate", "2, shared", "4, shared", "8, separate"})
  void everyRankTrainsAsManyOnSharedBasesToo(int rank, String bases) {
    ExperimentConfig config =
        ConfigLoader.packaged()
            .load(
                "mnist",
                "nola",
                List.of(
                    Setting.of("reparameterization.rank", rank),
                    Setting.parse("reparameterization.bases=" + bases)));
    assertEquals(330, new MnistExperiment().plan(config).parameters().trained());
  }

  @Test
  void aRunWithFewBitsWritesAFileOfFewBits() throws IOException {
    Setting bits = Setting.of("reparameterization.coefficientBits", 3);
    ExperimentConfig config =
        ConfigLoader.packaged()
            .load("mnist", "nola", List.of(Setting.parse("dataset.name=synthetic-digits"), bits));
    try (Run run = new MnistExperiment().start(config, Contexts.in(Path.of("unused")))) {
      run.trainEpoch(1, 0, (examples, loss) -> {});
      Path file = folder.resolve("qat.safetensors");
      run.writeAdapter(file);
      Adapter adapter = Adapter.read(file);
      assertEquals(OptionalInt.of(3), adapter.bits("dense1", "alpha"));
      assertEquals(OptionalInt.of(3), adapter.bits("dense2", "beta"));
    }
  }

  @Test
  void notesAreInTheAdapter() throws IOException {
    Map<String, String> notes = Map.of("task", "digits");
    RunContext plain = Contexts.in(Path.of("unused"));
    RunContext context =
        new RunContext(plain.dataDirectory(), plain.results(), plain.notes(), notes);
    try (Run run = new MnistExperiment().start(config("nola"), context)) {
      Path file = folder.resolve("noted.safetensors");
      run.writeAdapter(file);
      assertEquals(notes, Adapter.read(file).notes());
    }
  }

  private static Run start(String method) {
    return new MnistExperiment().start(config(method), Contexts.in(Path.of("unused")));
  }

  private static ExperimentConfig config(String method) {
    return ConfigLoader.packaged()
        .load("mnist", method, List.of(Setting.parse("dataset.name=synthetic-digits")));
  }
}
