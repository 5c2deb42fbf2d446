// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.results.FinalMetrics;
import org.nola4j.experiments.results.NearestNeighborMetrics;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.BatchListener;
import org.nola4j.experiments.spi.Engine;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.Run;
import org.nola4j.experiments.spi.RunContext;

/** "Trains" one number by halving it every step: enough to see whether a run was continued. */
public final class FakeExperiment implements Experiment {
  public static final ParameterCounts COUNTS = new ParameterCounts(64, 266, 0, 0, 203_264, 330);
  public static final int BATCHES = 4;

  /** The epochs that were trained, over all runs. */
  public final List<Integer> trained = new ArrayList<>();

  /** Called before a run starts; may throw. */
  public Runnable atStart = () -> {};

  /** Called at the beginning of every epoch; may throw. */
  public IntConsumer atEpoch = epoch -> {};

  /** Steps that were begun, over all runs. */
  public int steps;

  /** Called at the beginning of every step with the number of steps; may throw. */
  public IntConsumer atStep = step -> {};

  /** Called before every evaluation; may throw. */
  public Runnable atAccuracy = () -> {};

  /** The accuracy after an epoch, in place of one that follows from the loss. */
  public IntToDoubleFunction accuracy;

  /** The accuracy that a configuration leads to, in place of both. */
  public ToDoubleFunction<ExperimentConfig> accuracyOf;

  /** The counts of a configuration's network. */
  public Function<ExperimentConfig, ParameterCounts> countsOf = config -> COUNTS;

  /** The configurations that were started, over all runs. */
  public final List<ExperimentConfig> started = new ArrayList<>();

  /** What the first step of the first epoch reports. */
  public double firstLoss = 2.3;

  /** The loss over the whole training set at the end, in place of the last step's. */
  public Double finalLoss;

  public boolean standIn;

  /** The digest of the data; {@code null} as in earlier versions. */
  public String dataDigest;

  public int threads = 2;

  /** The digest of the network that is adapted; without one none is. */
  public String baseDigest;

  @Override
  public String name() {
    return "mnist";
  }

  @Override
  public String description() {
    return "a number that is halved";
  }

  @Override
  public Plan plan(ExperimentConfig config, RunContext context) {
    ParameterCounts counts = countsOf.apply(config);
    return new Plan(counts, Map.of("output", counts), 1234);
  }

  @Override
  public ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    return baseDigest == null
        ? config
        : config.withBase(
            new BaseConfig.Stored(
                BaseConfig.Stored.Kind.FILE,
                "base.safetensors",
                baseDigest.repeat(64),
                null,
                null));
  }

  @Override
  public Run start(ExperimentConfig config, RunContext context) {
    atStart.run();
    started.add(config);
    return new FakeRun(config);
  }

  private final class FakeRun implements Run {
    private final ExperimentConfig config;
    private double loss = firstLoss;
    private int epoch;

    FakeRun(ExperimentConfig config) {
      this.config = config;
    }

    @Override
    public DatasetSummary dataset() {
      return new DatasetSummary(
          standIn ? "synthetic-digits" : "mnist", 40, 10, standIn, dataDigest, null);
    }

    @Override
    public ParameterCounts parameters() {
      return countsOf.apply(config);
    }

    @Override
    public int batchesPerEpoch() {
      return BATCHES;
    }

    @Override
    public Engine engine() {
      return new Engine("fake backend", "fake kernel", threads, null);
    }

    @Override
    public void trainEpoch(int epoch, int fromBatch, BatchListener listener) throws IOException {
      trained.add(epoch);
      this.epoch = epoch;
      atEpoch.accept(epoch);
      for (int i = fromBatch; i < BATCHES; i++) {
        steps++;
        atStep.accept(steps);
        double before = loss;
        loss /= 2;
        listener.batchDone(10, before);
      }
    }

    @Override
    public double testAccuracy() {
      atAccuracy.run();
      if (accuracyOf != null) {
        return accuracyOf.applyAsDouble(config);
      }
      return accuracy == null ? 1 / (1 + loss) : accuracy.applyAsDouble(epoch);
    }

    @Override
    public FinalMetrics evaluate() {
      double accuracy = testAccuracy();
      return new FinalMetrics(
          finalLoss == null ? loss : finalLoss,
          accuracy,
          accuracy,
          List.of(),
          config.measurements().measuresNearestNeighbors()
              ? new NearestNeighborMetrics(accuracy / 2, accuracy / 4)
              : null,
          null,
          Map.of(),
          null);
    }

    @Override
    public void writeState(OutputStream out) throws IOException {
      new DataOutputStream(out).writeDouble(loss);
    }

    @Override
    public void readState(InputStream in) throws IOException {
      loss = new DataInputStream(in).readDouble();
    }

    @Override
    public void writeAdapter(Path file) throws IOException {
      Files.writeString(file, Double.toHexString(loss));
    }
  }
}
