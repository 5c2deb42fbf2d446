// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.FakeExperiment;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.spi.Step;

class LogProgressTest {
  @TempDir Path folder;
  private final StringWriter log = new StringWriter();

  @Test
  void longIntervalGivesALineAtTheBeginningAndTheEnd() throws IOException {
    List<String> lines = run(Duration.ofHours(1), 3);
    assertEquals("mnist nola seed 1: 3 epochs of 4 batches", lines.get(0));
    assertEquals(
        "mnist nola seed 1: done, loss 0.0006, test accuracy 99.94 %",
        lines.get(1).substring(0, lines.get(1).indexOf(" %") + 2));
    assertEquals(2, lines.size());
  }

  @Test
  void noIntervalGivesALineEveryBatchWithAccuracyOfTheLastEpoch() throws IOException {
    List<String> lines = run(Duration.ZERO, 2);
    assertEquals("mnist nola seed 1: epoch 1/2, loss 2.3000, 0:00 left", lines.get(1));
    assertEquals(
        "mnist nola seed 1: epoch 2/2, loss 0.0180, test accuracy 87.43 %, 0:00 left",
        lines.get(8));
    assertFalse(log.toString().contains("\r"));
  }

  @Test
  void continuedRunSaysWhereAndCountsOn() {
    LogProgress progress = new LogProgress(new PrintWriter(log, true), 1, Duration.ZERO);
    RunId id = new RunId("mnist", "nola", 1);
    progress.started(id, 2, 3, 5, 4, Step.BATCH);
    progress.batchDone(0.5);
    progress.batchDone(0.5);
    progress.started(id, 2, 0, 5, 4, Step.BATCH);
    progress.started(id, 2, 3, 5, 4, Step.ROUND);
    List<String> lines = log.toString().lines().toList();
    assertEquals(
        "mnist nola seed 1: 5 epochs of 4 batches, resuming in epoch 3 after batch 3",
        lines.get(0));
    assertTrue(lines.get(1).startsWith("mnist nola seed 1: epoch 3/5, "), lines.get(1));
    assertTrue(lines.get(2).startsWith("mnist nola seed 1: epoch 4/5, "), lines.get(2));
    assertEquals("mnist nola seed 1: 5 epochs of 4 batches, resuming after epoch 2", lines.get(3));
    assertEquals(
        "mnist nola seed 1: 5 epochs of 4 rounds, resuming in epoch 3 after round 3", lines.get(4));
  }

  @Test
  void clockShowsHoursOnlyWhereThereAreSome() {
    assertEquals("0:00", ProgressText.duration(0.4));
    assertEquals("1:05", ProgressText.duration(65));
    assertEquals("2:00:01", ProgressText.duration(7201));
  }

  private List<String> run(Duration interval, int epochs) throws IOException {
    ExperimentConfig config =
        ConfigLoader.packaged()
            .load("mnist", "nola", List.of(Setting.of("training.epochs", epochs)));
    LogProgress progress = new LogProgress(new PrintWriter(log, true), 1, interval);
    new Runner(new ResultStore(folder), progress, Duration.ZERO)
        .run(new FakeExperiment(), config, Contexts.in(folder), false);
    return log.toString().lines().toList();
  }
}
