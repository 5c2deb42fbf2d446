// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.run.CheckpointFile;

/** The program itself, killed without warning at random moments. */
@Tag("slow")
class KilledRunTest {
  private static final int KILLS = 2;

  @TempDir Path folder;

  @Test
  void killedAndResumedRunEndsWithTheSameBits() throws IOException, InterruptedException {
    Process whole = start("whole", 2, 0);
    SplittableRandom random = new SplittableRandom(7);
    for (int kill = 0; kill < KILLS; kill++) {
      Process process = start("killed", 2, 0, "--resume");
      awaitCheckpoints(process, 3 + random.nextInt(12));
      Thread.sleep(random.nextInt(30));
      process.destroyForcibly().waitFor();
      assertTrue(Files.exists(file("killed", "checkpoint")), "finished before the kill");
    }
    assertEquals(0, start("killed", 2, 0, "--resume").waitFor(), this::log);
    assertTrue(whole.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, whole.exitValue(), this::log);

    assertArrayEquals(
        Files.readAllBytes(file("whole", "safetensors")),
        Files.readAllBytes(file("killed", "safetensors")));
    JsonNode expected = result("whole");
    JsonNode found = result("killed");
    assertEquals(expected.get("final"), found.get("final"));
    assertEquals(2, found.get("epochs").size());
    for (int i = 0; i < 2; i++) {
      for (String figure : List.of("epoch", "trainLoss", "testAccuracy")) {
        assertEquals(
            expected.at("/epochs/" + i).get(figure), found.at("/epochs/" + i).get(figure), figure);
      }
    }
    assertEquals(3, Files.readAllLines(file("killed", "csv")).size());
    assertTrue(log().contains(", resuming in epoch "), "never resumed within an epoch: " + log());
  }

  @Test
  void runToldToEndWritesACheckpointAndSaysSo() throws IOException, InterruptedException {
    Process process = start("ended", 100, 60, "--set", "evaluation.everyEpoch=false");
    while (process.isAlive() && !Files.exists(file("ended", "csv"))) {
      Thread.onSpinWait();
    }
    process.destroy();
    assertEquals(128 + 15, process.waitFor(), this::log);
    assertTrue(
        log().contains("stopped: " + file("ended", "checkpoint") + " has everything up to "),
        this::log);
    String inspected = Json.tree(new CheckpointFile(file("ended", "checkpoint")).read()).toString();
    assertTrue(inspected.contains("\"epochs\":100"), inspected);
  }

  /** Until the checkpoint was replaced so many times. */
  private void awaitCheckpoints(Process process, int count) throws IOException {
    Path checkpoint = file("killed", "checkpoint");
    FileTime last = time(checkpoint);
    for (int seen = 0; seen < count && process.isAlive(); ) {
      FileTime now = time(checkpoint);
      seen += now.equals(last) ? 0 : 1;
      last = now;
      Thread.onSpinWait();
    }
  }

  private static FileTime time(Path file) throws IOException {
    return Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
  }

  private Process start(String out, int epochs, int checkpointMinutes, String... options)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-javaagent"))
            .toList());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("run", "mnist", "--method=nola", "--data=" + folder));
    command.addAll(List.of("--set", "dataset.name=synthetic-digits"));
    command.addAll(List.of("--set", "training.batchSize=256", "--epochs=" + epochs));
    command.add("--checkpoint-minutes=" + checkpointMinutes);
    command.addAll(List.of("--out", folder.resolve(out).toString()));
    command.addAll(List.of(options));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .redirectErrorStream(true)
        .start();
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private JsonNode result(String out) throws IOException {
    return Json.STRICT.readTree(file(out, "json").toFile());
  }

  private Path file(String out, String extension) {
    return folder.resolve(out).resolve("mnist/nola-seed1." + extension);
  }
}
