// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.BestEpoch;
import org.nola4j.experiments.results.EpochResult;
import org.nola4j.experiments.results.EpochTable;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.Platform;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.results.Timing;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.internal.cuda.CudaBackend;

/** Trains a run from the beginning or a checkpoint and stores the result. */
public final class Runner {
  private final ResultStore store;
  private final ProgressListener progress;
  private final Duration checkpointInterval;
  private final StopSignal stop;

  /**
   * Creates a runner that stops at the next step with a checkpoint when the process is told to end.
   *
   * @param store where results and checkpoints are
   * @param progress receives the progress
   * @param checkpointInterval time between checkpoints within epochs; after epochs there is one at
   *     least every few seconds
   * @throws UserException if ND4J would use an unsupported GPU
   */
  public Runner(ResultStore store, ProgressListener progress, Duration checkpointInterval) {
    this(store, progress, checkpointInterval, StopSignal.ofProcess());
  }

  /** Creates a runner with its own stop signal. */
  Runner(
      ResultStore store, ProgressListener progress, Duration checkpointInterval, StopSignal stop) {
    this.stop = stop;
    this.store = store;
    this.progress = progress;
    this.checkpointInterval = checkpointInterval;
    try {
      CudaBackend.verify();
    } catch (IllegalStateException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  /**
   * Trains to the end and stores the result; the result of a finished run is only read.
   *
   * @throws UserException if it cannot be resumed, diverges, or is being trained by another process
   * @throws StoppedException if the process is told to end
   * @throws IOException if files cannot be written
   */
  @SuppressWarnings("try") // Only opened to be closed.
  public ExperimentResult run(
      Experiment experiment, ExperimentConfig config, RunContext context, boolean resume)
      throws IOException {
    RunId id = RunId.of(config);
    try (RunLock lock = RunLock.take(store.lockFile(id), id, context.notes())) {
      RunState standing = RunState.of(store, config, resume);
      return standing == RunState.FINISHED
          ? store.find(id).orElseThrow()
          : train(experiment, config, context, standing, resume);
    }
  }

  private ExperimentResult train(
      Experiment experiment,
      ExperimentConfig config,
      RunContext context,
      RunState standing,
      boolean resume)
      throws IOException {
    RunId id = RunId.of(config);
    CheckpointFile checkpoint = new CheckpointFile(store.checkpointFile(id));
    try (Run run = experiment.start(config, context)) {
      Platform platform = EnvironmentProbe.platform(run.engine());
      History history = new History(Json.tree(config), run, platform);
      if (standing == RunState.UNFINISHED) {
        history.continueFrom(checkpoint.restore(run));
        noteOtherPlatform(id, history, platform, context);
      }
      ExperimentResult result = train(config, run, history, checkpoint, remedy(resume));
      store.write(result);
      checkpoint.delete();
      stop.saved(null);
      progress.finished(result);
      return result;
    } finally {
      progress.closed();
    }
  }

  /** A grid always resumes and has no such option, so that its command can only be repeated. */
  private static String remedy(boolean resume) {
    return resume ? "repeat the command to continue" : "use --resume to continue";
  }

  /** Another number of threads or another processor rounds sums differently. */
  private static void noteOtherPlatform(
      RunId id, History history, Platform now, RunContext context) {
    List<Platform> earlier = history.earlierPlatforms();
    if (!earlier.isEmpty()) {
      context
          .notes()
          .accept(
              "%s resumes under other conditions (%s): its result will differ in the last digits from an uninterrupted run, and records that"
                  .formatted(id, earlier.get(earlier.size() - 1).differences(now)));
    }
  }

  @SuppressWarnings("try") // Only opened to be closed.
  private ExperimentResult train(
      ExperimentConfig config, Run run, History history, CheckpointFile checkpoint, String remedy)
      throws IOException {
    RunId id = RunId.of(config);
    int epochs = config.training().epochs();
    PartialEpoch next = history.next();
    progress.started(
        id, next.epoch() - 1, next.batches(), epochs, run.batchesPerEpoch(), run.step());
    CheckpointWriter checkpoints =
        new CheckpointWriter(checkpoint, run, history, checkpointInterval, stop, remedy);
    writeCurve(config, history);
    while (history.epochs().size() < epochs) {
      EpochResult result =
          new EpochTrainer(
                  id, history.next(), progress, checkpoints, stop, measured(config, history))
              .train(run);
      history.add(result);
      try (StopSignal.Hold end = stop.hold()) {
        checkpoints.afterEpoch(history.epochs().size() == epochs);
      }
      writeCurve(config, history);
      progress.epochDone(result);
    }
    return result(id, run, history);
  }

  /** Whether the test accuracy is measured after the next epoch. */
  private static boolean measured(ExperimentConfig config, History history) {
    return config.measurements().measuresEveryEpoch()
        || history.next().epoch() == config.training().epochs();
  }

  /** After each epoch, and at once after resuming, because the file may be ahead. */
  private void writeCurve(ExperimentConfig config, History history) throws IOException {
    if (!history.epochs().isEmpty()) {
      store.writeCurve(RunId.of(config), EpochTable.of(config.training(), history.epochs()));
    }
  }

  private ExperimentResult result(RunId id, Run run, History history) throws IOException {
    progress.measuring();
    FinalMetrics metrics = run.evaluate();
    // No later step shows that the last one diverged.
    if (!Double.isFinite(metrics.trainLoss())) {
      throw new DivergedException(id, history.epochs().size(), metrics.trainLoss());
    }
    Timing timing = new Timing(history.seconds(), history.millisPerBatchMedian());
    Path adapter = store.adapterFile(id);
    run.writeAdapter(adapter);
    run.writeTexts(store.hypothesesFile(id), store.referencesFile(id));
    return new ExperimentResult(
        id.experiment(),
        id.method(),
        id.seed(),
        history.config(),
        run.dataset(),
        run.parameters(),
        Files.size(adapter),
        history.epochs(),
        metrics,
        BestEpoch.of(history.epochs()),
        timing,
        EnvironmentProbe.probe(run.engine(), history.earlierPlatforms()));
  }
}
