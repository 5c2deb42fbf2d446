// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nola4j.experiments.Contexts;
import org.nola4j.experiments.FakeExperiment;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.report.Table;
import org.nola4j.experiments.report.TableFormat;
import org.nola4j.experiments.results.BestEpoch;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.Platform;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.ResultsTable;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.results.SampleResults;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;

class RunnerTest {
  private static final RunId ID = new RunId("mnist", "nola", 1);

  @TempDir Path folder;
  private final FakeExperiment experiment = new FakeExperiment();

  @Test
  void resultHoldsWhatTheRunGave() throws IOException {
    ExperimentResult result = run(config(2), false);
    assertEquals(ID, result.id());
    assertEquals(List.of(1, 2), result.epochs().stream().map(EpochResult::epoch).toList());
    double firstEpoch = 2.3 * (1 + 0.5 + 0.25 + 0.125) / 4;
    assertEquals(firstEpoch, result.epochs().get(0).trainLoss(), 1e-12);
    assertEquals(2.3 / 256, result.finalMetrics().trainLoss());
    assertEquals(FakeExperiment.COUNTS, result.parameters());
    assertEquals(Files.size(store().adapterFile(ID)), result.adapterBytes());
    assertEquals("fake kernel", result.environment().kernel());
    assertEquals(2, result.config().at("/training/epochs").asInt());
    assertTrue(result.timing().secondsTotal() > 0);
    assertEquals(
        Optional.of(result.finalMetrics()), store().find(ID).map(found -> found.finalMetrics()));
    assertFalse(Files.exists(store().checkpointFile(ID)));
  }

  @Test
  void stoppedRunContinuesToTheSameEnd() throws IOException {
    ExperimentResult whole = run(config(5), false);
    Files.delete(store().resultFile(ID));
    stopAt(4, config(5), false);
    assertTrue(Files.exists(store().checkpointFile(ID)));

    experiment.trained.clear();
    ExperimentResult resumed = run(config(5), true);
    assertEquals(List.of(4, 5), experiment.trained);
    assertEquals(losses(whole), losses(resumed));
    assertEquals(whole.finalMetrics(), resumed.finalMetrics());
    assertFalse(Files.exists(store().checkpointFile(ID)));
  }

  /** Whatever the moment, and however many steps the last checkpoint is behind it. */
  @ParameterizedTest
  @CsvSource({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"})
  void runStoppedWithinAnEpochContinuesToTheSameEnd(int steps) throws IOException {
    ExperimentResult whole = run(config(3), false);
    String adapter = Files.readString(store().adapterFile(ID));
    Files.delete(store().resultFile(ID));

    experiment.steps = 0;
    stopAfterSteps(steps, config(3), false);
    assertEquals(steps > 0, Files.exists(store().checkpointFile(ID)));
    experiment.steps = 0;
    ExperimentResult resumed = run(config(3), true);
    assertEquals(3 * FakeExperiment.BATCHES - steps, experiment.steps);
    assertEquals(losses(whole), losses(resumed));
    assertEquals(whole.finalMetrics(), resumed.finalMetrics());
    assertEquals(whole.best(), resumed.best());
    assertEquals(adapter, Files.readString(store().adapterFile(ID)));
  }

  @Test
  void runStoppedAgainAndAgainContinuesToTheSameEnd() throws IOException {
    ExperimentResult whole = run(config(3), false);
    Files.delete(store().resultFile(ID));
    experiment.steps = 0;
    stopAfterSteps(1, config(3), false);
    for (int steps : new int[] {1, 4, 2, 3}) {
      experiment.steps = 0;
      stopAfterSteps(steps, config(3), true);
    }
    experiment.steps = 0;
    assertEquals(losses(whole), losses(run(config(3), true)));
    assertEquals(1, experiment.steps);
  }

  @Test
  void anUnfinishedRunHasWhatItsLastEpochHad() throws IOException {
    stopAfterSteps(2 * FakeExperiment.BATCHES + 1, config(3), false);
    Checkpoint checkpoint = new CheckpointFile(store().checkpointFile(ID)).read();
    ExperimentResult soFar = checkpoint.soFar(ID).orElseThrow();
    assertTrue(soFar.unfinished());
    assertEquals("2 of 3", soFar.epochCount());
    assertEquals(checkpoint.epochs(), soFar.epochs());
    double begun = checkpoint.begun().millis().get(0) / 1000;
    assertEquals(checkpoint.seconds() - begun, checkpoint.epochSeconds(), 1e-9);
    EpochResult last = checkpoint.epochs().get(1);
    assertEquals(last.trainLoss(), soFar.finalMetrics().trainLoss());
    assertEquals(last.testAccuracy(), soFar.finalMetrics().testAccuracy());
    assertEquals(FakeExperiment.COUNTS, soFar.parameters());
    Table table = ResultsTable.of("mnist", List.of(soFar), SampleResults.paper());
    String markdown = TableFormat.MARKDOWN.render(table);
    assertTrue(markdown.contains("| 2 of 3 |"), markdown);
    assertTrue(table.notes().contains(ExperimentResult.UNFINISHED), markdown);
    assertFalse(TableFormat.JSON.render(table).contains("NaN"), markdown);
    ExperimentResult whole = run(config(3), true);
    assertFalse(whole.unfinished());
    assertEquals("3", whole.epochCount());
  }

  @Test
  void anEarlierVersionsCheckpointCannotBeShown() throws IOException {
    stopAfterSteps(2 * FakeExperiment.BATCHES, config(3), false);
    Checkpoint now = new CheckpointFile(store().checkpointFile(ID)).read();
    assertTrue(now.soFar(ID).isPresent());
    ObjectNode tree = (ObjectNode) Json.tree(now);
    tree.remove("parameters");
    Checkpoint earlier = Json.LENIENT.convertValue(tree, Checkpoint.class);
    assertEquals(Optional.empty(), earlier.soFar(ID));
  }

  @Test
  void beforeItsFirstEpochIsOverARunHasNothingToShow() throws IOException {
    stopAfterSteps(1, config(3), false);
    Checkpoint checkpoint = new CheckpointFile(store().checkpointFile(ID)).read();
    assertEquals(Optional.empty(), checkpoint.soFar(ID));
  }

  /** Stopped after an epoch's last step, before the network was measured. */
  @Test
  void epochWithoutItsEvaluationIsMeasuredOnly() throws IOException {
    stopAfterSteps(FakeExperiment.BATCHES, config(2), false);
    Checkpoint checkpoint = new CheckpointFile(store().checkpointFile(ID)).read();
    assertEquals(1, checkpoint.epochs().size());
    experiment.atAccuracy =
        () -> {
          throw new IllegalStateException("stopped");
        };
    experiment.steps = 0;
    assertThrows(IllegalStateException.class, () -> run(config(2), true));
    experiment.atAccuracy = () -> {};
    checkpoint = new CheckpointFile(store().checkpointFile(ID)).read();
    assertEquals(2, checkpoint.begun().epoch());
    assertEquals(FakeExperiment.BATCHES, checkpoint.begun().batches());
    experiment.steps = 0;
    assertEquals(2, run(config(2), true).epochs().size());
    assertEquals(0, experiment.steps);
  }

  @Test
  void bestEpochIsTheFirstWithTheHighestAccuracy() throws IOException {
    double[] accuracies = {0.5, 0.8, 0.7, 0.8, 0.6};
    experiment.accuracy = epoch -> accuracies[epoch - 1];
    ExperimentResult result = run(config(5), false);
    assertEquals(new BestEpoch(0.8, 2), result.best());
    assertEquals(0.6, result.finalMetrics().testAccuracy());
    assertEquals(result.best(), store().find(ID).orElseThrow().best());
  }

  @Test
  void testSetMayBeMeasuredAfterTheLastEpochOnly() throws IOException {
    List<Setting> settings =
        List.of(Setting.of("training.epochs", 3), Setting.parse("evaluation.everyEpoch=false"));
    ExperimentResult result = run(ConfigLoader.packaged().load("mnist", "nola", settings), false);
    assertNull(result.epochs().get(1).testAccuracy());
    double last = result.epochs().get(2).testAccuracy();
    assertEquals(new BestEpoch(last, 3), result.best());
    assertEquals(result.epochs(), store().find(ID).orElseThrow().epochs());
    assertTrue(Files.readAllLines(store().curveFile(ID)).get(1).contains(",,"));
  }

  @Test
  void curveHasALineAnEpochAndFollowsTheCheckpoint() throws IOException {
    ExperimentResult whole = run(config(3), false);
    List<String> lines = Files.readAllLines(store().curveFile(ID));
    assertEquals("epoch,learningRate,trainLoss,testAccuracy,seconds,millisPerBatch", lines.get(0));
    assertEquals(4, lines.size());
    EpochResult second = whole.epochs().get(1);
    assertEquals(
        "2,0.05,%s,%s,%s,%s"
            .formatted(
                second.trainLoss(),
                second.testAccuracy(),
                second.seconds(),
                second.millisPerBatch()),
        lines.get(2));

    experiment.steps = 0;
    stopAfterSteps(2 * FakeExperiment.BATCHES + 1, config(3), false);
    assertEquals(3, Files.readAllLines(store().curveFile(ID)).size());
    Files.writeString(store().curveFile(ID), "a line too many");
    experiment.steps = 0;
    stopAfterSteps(1, config(3), true);
    assertEquals(3, Files.readAllLines(store().curveFile(ID)).size());
  }

  @Test
  void learningRateOfTheCurveIsTheEpochsOwn() throws IOException {
    Setting schedule =
        Setting.parse("training.schedule={\"kind\":\"step\",\"every\":1,\"factor\":0.5}");
    ExperimentConfig config =
        ConfigLoader.packaged()
            .load("mnist", "nola", List.of(Setting.of("training.epochs", 2), schedule));
    run(config, false);
    List<String> lines = Files.readAllLines(store().curveFile(ID));
    assertTrue(lines.get(1).startsWith("1,0.05,"), lines.get(1));
    assertTrue(lines.get(2).startsWith("2,0.025,"), lines.get(2));
  }

  @Test
  void finishedRunIsNotTrainedAgain() throws IOException {
    run(config(2), false);
    experiment.trained.clear();
    ExperimentResult result = run(config(2), true);
    assertEquals(List.of(), experiment.trained);
    assertEquals(2, result.epochs().size());
    assertEquals(RunState.FINISHED, RunState.of(store(), config(2), true));
  }

  @Test
  void newRunKeepsTheOldResultUntilItHasFinished() throws IOException {
    run(config(2), false);
    String old = Files.readString(store().resultFile(ID));
    stopAt(3, config(5), false);
    assertEquals(old, Files.readString(store().resultFile(ID)));
    assertEquals(2, store().readAll("mnist").get(0).epochs().size());
    assertEquals(RunState.UNFINISHED, RunState.of(store(), config(5), true));

    assertEquals(5, run(config(5), true).epochs().size());
    assertEquals(5, store().readAll("mnist").get(0).epochs().size());
  }

  @Test
  void withoutResumeEverythingBeginsAnew() throws IOException {
    stopAt(3, config(5), false);
    experiment.trained.clear();
    run(config(5), false);
    assertEquals(List.of(1, 2, 3, 4, 5), experiment.trained);
  }

  @Test
  void otherConfigurationIsNotContinued() throws IOException {
    run(config(2), false);
    UserException finished = assertThrows(UserException.class, () -> run(config(3), true));
    assertEquals(
        "%s has another configuration: training.epochs was 2, now 3 (use another --out, or delete the file to start over)"
            .formatted(store().resultFile(ID)),
        finished.getMessage());

    stopAt(2, config(3), false);
    UserException unfinished = assertThrows(UserException.class, () -> run(config(4), true));
    assertTrue(unfinished.getMessage().contains("nola-seed1.checkpoint has another"));
    assertTrue(unfinished.getMessage().contains("training.epochs was 3, now 4"));
  }

  @Test
  void runIsNotContinuedOnOtherData() throws IOException {
    stopAt(2, config(3), false);
    experiment.standIn = true;
    UserException error = assertThrows(UserException.class, () -> run(config(3), true));
    assertEquals(
        "%s: the run began on mnist (40 + 10 examples), but the data is now synthetic-digits (40 + 10 examples, generated); set --data to the folder of the former, or delete the file to start over"
            .formatted(store().checkpointFile(ID)),
        error.getMessage());
    experiment.standIn = false;
    assertEquals(3, run(config(3), true).epochs().size());
  }

  /** Another folder of the same name and size, or labels that were changed. */
  @Test
  void runIsNotContinuedOnOtherImagesOrLabels() throws IOException {
    experiment.dataDigest = "a".repeat(64);
    stopAt(2, config(3), false);
    experiment.dataDigest = "b".repeat(64);
    UserException error = assertThrows(UserException.class, () -> run(config(3), true));
    assertEquals(
        "%s: the images or labels of mnist (40 + 10 examples) have changed since the run began; restore them, set --data to their folder, or delete the file to start over"
            .formatted(store().checkpointFile(ID)),
        error.getMessage());
    experiment.dataDigest = "a".repeat(64);
    assertEquals("a".repeat(64), run(config(3), true).dataset().sha256());
  }

  @Test
  void checkpointWithoutADigestIsContinued() throws IOException {
    stopAt(2, config(3), false);
    experiment.dataDigest = "a".repeat(64);
    assertEquals(3, run(config(3), true).epochs().size());
  }

  @Test
  void otherThreadsAreNotedAndRecorded() throws IOException {
    stopAt(2, config(4), false);
    experiment.threads = 4;
    stopAt(3, config(4), true);
    List<String> notes = new ArrayList<>();
    experiment.threads = 8;
    RunContext context = new RunContext(Optional.empty(), store(), notes::add);
    ExperimentResult result =
        new Runner(store(), new ProgressListener() {}, Duration.ZERO)
            .run(experiment, config(4), context, true);
    assertEquals(
        List.of(
            "mnist nola seed 1 resumes under other conditions (threads was 4, now 8): its result"
                + " will differ in the last digits from an uninterrupted run, and records that"),
        notes);
    assertEquals(8, result.environment().threads());
    List<Platform> earlier = store().find(ID).orElseThrow().environment().earlier();
    assertEquals(List.of(2, 4), earlier.stream().map(Platform::threads).toList());
    String table =
        TableFormat.MARKDOWN.render(
            ResultsTable.of("mnist", List.of(result), SampleResults.paper()));
    assertTrue(table.contains("reproduces the last digits: nola seed 1."), table);
  }

  @Test
  void resumedUnderTheSameConditionsSaysNothing() throws IOException {
    stopAt(2, config(3), false);
    ExperimentResult result = run(config(3), true);
    assertEquals(List.of(), result.environment().earlier());
    assertFalse(Json.tree(result).get("environment").has("earlier"));
  }

  @Test
  void runIsTrainedOnceAtATime() throws IOException {
    experiment.atEpoch =
        epoch -> {
          UserException error = assertThrows(UserException.class, () -> run(config(2), false));
          assertTrue(
              error
                  .getMessage()
                  .startsWith(
                      "mnist nola seed 1 is being trained in %s (process %d, started "
                          .formatted(
                              store().folder("mnist").toAbsolutePath(),
                              ProcessHandle.current().pid())),
              error.getMessage());
        };
    run(config(2), false);
    assertEquals(List.of(1, 2), experiment.trained);
    assertFalse(Files.exists(store().lockFile(ID)));
  }

  @Test
  void lockOfAKilledProcessHoldsNobodyUp() throws IOException {
    Files.createDirectories(store().folder("mnist"));
    Files.writeString(store().lockFile(ID), "process 1, started long ago");
    run(config(1), false);
    assertFalse(Files.exists(store().lockFile(ID)));
  }

  @Test
  void toldToStopItWritesACheckpointAndSaysSo() throws IOException {
    ExperimentResult whole = run(config(3), false);
    Files.delete(store().resultFile(ID));
    StopSignal stop = new StopSignal();
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    Thread hook =
        new Thread(() -> stop.stop(() -> new PrintStream(screen, true), Duration.ofMinutes(1)));
    experiment.steps = 0;
    experiment.atStep =
        step -> {
          if (step == FakeExperiment.BATCHES + 2) {
            hook.start();
            while (!stop.requested()) {
              Thread.onSpinWait();
            }
          }
        };
    Runner runner = new Runner(store(), new ProgressListener() {}, Duration.ofHours(1), stop);
    assertThrows(StoppedException.class, () -> runner.run(experiment, config(3), context(), false));
    assertThrows(StoppedException.class, stop::hold);
    join(hook);
    assertEquals(
        "%nstopped: %s has everything up to batch 2 of epoch 2; use --resume to continue%n"
            .formatted(store().checkpointFile(ID)),
        screen.toString(StandardCharsets.UTF_8));
    experiment.atStep = step -> {};
    experiment.steps = 0;
    assertEquals(losses(whole), losses(run(config(3), true)));
    assertEquals(2 * FakeExperiment.BATCHES - 2, experiment.steps);
  }

  /** A grid has no --resume, since it always does. */
  @Test
  void whatAlwaysResumesIsContinuedByTheSameCommand() {
    StopSignal stop = new StopSignal();
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void epochDone(EpochResult epoch) {
            Thread hook =
                new Thread(
                    () -> stop.stop(() -> new PrintStream(screen, true), Duration.ofMinutes(1)));
            hook.start();
            join(hook);
          }
        };
    Runner runner = new Runner(store(), listener, Duration.ofHours(1), stop);
    assertThrows(StoppedException.class, () -> runner.run(experiment, config(2), context(), true));
    assertEquals(
        "%nstopped: %s has everything up to epoch 1; repeat the command to continue%n"
            .formatted(store().checkpointFile(ID)),
        screen.toString(StandardCharsets.UTF_8));
  }

  /** Where no checkpoint is due, while an epoch is measured, or between two. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void toldToStopBetweenStepsItWritesACheckpointToo(boolean measuring) throws IOException {
    ExperimentResult whole = run(config(1), false);
    Files.delete(store().resultFile(ID));
    StopSignal stop = new StopSignal();
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    Runnable end =
        () -> {
          Thread hook =
              new Thread(
                  () -> stop.stop(() -> new PrintStream(screen, true), Duration.ofMinutes(1)));
          hook.start();
          join(hook);
        };
    experiment.atAccuracy = measuring ? end : () -> {};
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void epochDone(EpochResult epoch) {
            end.run();
          }
        };
    Runner runner = new Runner(store(), listener, Duration.ofHours(1), stop);
    ExperimentConfig config = config(measuring ? 1 : 2);
    assertThrows(StoppedException.class, () -> runner.run(experiment, config, context(), false));
    assertEquals(
        "%nstopped: %s has everything up to %s; use --resume to continue%n"
            .formatted(store().checkpointFile(ID), measuring ? "batch 4 of epoch 1" : "epoch 1"),
        screen.toString(StandardCharsets.UTF_8));
    experiment.atAccuracy = () -> {};
    experiment.steps = 0;
    ExperimentResult resumed = run(config, true);
    assertEquals(losses(whole).get(0), losses(resumed).get(0));
    assertEquals(measuring ? 0 : FakeExperiment.BATCHES, experiment.steps);
  }

  @Test
  void nothingIsSaidIfNothingIsTrained() throws IOException {
    StopSignal stop = new StopSignal();
    new Runner(store(), new ProgressListener() {}, Duration.ZERO, stop)
        .run(experiment, config(1), context(), false);
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    stop.stop(() -> new PrintStream(screen, true), Duration.ZERO);
    assertEquals("", screen.toString(StandardCharsets.UTF_8));
  }

  @Test
  @SuppressWarnings("try") // Only opened to be closed.
  void stepThatTakesTooLongIsNotWaitedFor() throws IOException {
    StopSignal stop = new StopSignal();
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    try (StopSignal.Hold step = stop.hold()) {
      Thread hook = new Thread(() -> stop.stop(() -> new PrintStream(screen, true), Duration.ZERO));
      hook.start();
      join(hook);
    }
    assertEquals(
        "%nstopped: the current step took more than 0 s, there is no checkpoint%n".formatted(),
        screen.toString(StandardCharsets.UTF_8));
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void checkpointOfAnEarlierVersionDoesNotSayWhatItsDataWas() throws IOException {
    Checkpoint old =
        new Checkpoint(Json.tree(config(3)), null, null, List.of(), List.of(), null, 0);
    assertFalse(Json.tree(old).has("dataset"));
    CheckpointFile file = new CheckpointFile(store().checkpointFile(ID));
    try (Run run = experiment.start(config(3), context())) {
      file.write(old, run);
    }
    assertNull(file.read().dataset());
    assertEquals(3, run(config(3), true).epochs().size());
  }

  @Test
  void damagedCheckpointIsRefused() throws IOException {
    stopAt(3, config(5), false);
    Path file = store().checkpointFile(ID);
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x10;
      Files.write(file, damaged);
      assertEitherRefusedOrUnharmed(file);
    }
    for (int length = 0; length < bytes.length / 2; length += 7) {
      Files.write(file, java.util.Arrays.copyOf(bytes, length));
      UserException error = assertThrows(UserException.class, () -> run(config(5), true));
      assertTrue(error.getMessage().contains("cannot continue from this checkpoint"));
    }
  }

  /** Some bytes of an archive mean nothing, as its entries' dates; the others must be noticed. */
  private void assertEitherRefusedOrUnharmed(Path file) {
    try {
      Checkpoint checkpoint = new CheckpointFile(file).read();
      assertEquals(2, checkpoint.epochs().size());
      assertEquals(5, checkpoint.config().at("/training/epochs").asInt());
    } catch (UserException refused) {
      assertTrue(refused.getMessage().startsWith(file + ": cannot continue from this checkpoint"));
    }
  }

  @Test
  void divergenceEndsTheRunWithAdvice() {
    experiment.firstLoss = Double.NaN;
    UserException error = assertThrows(UserException.class, () -> run(config(2), false));
    assertEquals(
        "mnist nola seed 1 diverged in epoch 1: the training loss is NaN; try a smaller"
            + " training.learningRate",
        error.getMessage());
    assertFalse(Files.exists(store().resultFile(ID)));
  }

  @Test
  void divergenceInTheLastStepLeavesNoAdapter() {
    experiment.finalLoss = Double.POSITIVE_INFINITY;
    DivergedException error = assertThrows(DivergedException.class, () -> run(config(2), false));
    assertEquals(
        "mnist nola seed 1 diverged in epoch 2: the training loss is Infinity; try a smaller"
            + " training.learningRate",
        error.getMessage());
    assertFalse(Files.exists(store().adapterFile(ID)));
    assertFalse(Files.exists(store().resultFile(ID)));
  }

  @Test
  void checkpointsAreNotWrittenMoreOftenThanAsked() throws IOException {
    experiment.atEpoch =
        epoch -> assertFalse(Files.exists(store().checkpointFile(ID)), "epoch " + epoch);
    new Runner(store(), new ProgressListener() {}, Duration.ofHours(1))
        .run(experiment, config(3), context(), false);
  }

  @Test
  void medianIsTheMiddle() {
    assertEquals(2, Median.of(3, 1, 2));
    assertEquals(2.5, Median.of(4, 1, 2, 3));
    assertEquals(0, Median.of());
  }

  private static List<Double> losses(ExperimentResult result) {
    return result.epochs().stream().map(EpochResult::trainLoss).toList();
  }

  private void stopAt(int stop, ExperimentConfig config, boolean resume) {
    experiment.atEpoch =
        epoch -> {
          if (epoch == stop) {
            throw new IllegalStateException("stopped");
          }
        };
    assertThrows(IllegalStateException.class, () -> run(config, resume));
    experiment.atEpoch = epoch -> {};
  }

  /** Before the step after so many, counted from the last reset. */
  private void stopAfterSteps(int steps, ExperimentConfig config, boolean resume) {
    experiment.atStep =
        step -> {
          if (step > steps) {
            throw new IllegalStateException("stopped");
          }
        };
    assertThrows(IllegalStateException.class, () -> run(config, resume));
    experiment.atStep = step -> {};
  }

  private ExperimentResult run(ExperimentConfig config, boolean resume) throws IOException {
    return new Runner(store(), new ProgressListener() {}, Duration.ZERO)
        .run(experiment, config, context(), resume);
  }

  private static RunContext context() {
    return Contexts.in(Path.of("unused"));
  }

  private static ExperimentConfig config(int epochs) {
    return ConfigLoader.packaged()
        .load("mnist", "nola", List.of(Setting.of("training.epochs", epochs)));
  }

  private ResultStore store() {
    return new ResultStore(folder);
  }
}
