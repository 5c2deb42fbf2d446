// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.ImageData;
import org.nola4j.experiments.network.LayeredNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.results.RunId;
import org.nola4j.experiments.run.ProgressListener;
import org.nola4j.experiments.run.RunState;
import org.nola4j.experiments.run.Runner;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.internal.io.Sha256;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.LeNet;

/**
 * The base network, trained once for all methods and seeds.
 *
 * <p>Its training is an ordinary run, whose result, metrics, and parameters are stored with those
 * of the experiments: {@code base/lenet-DATASET-HASH-seedS}, where HASH is the hash of its whole
 * configuration.
 */
final class BaseNetwork extends NetworkExperiment {
  static final ExampleShape SHAPE = ExampleShape.flat(28 * 28, 10);

  private static final String NAME = "base";
  private static final int HASH_DIGITS = 8;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "the base network of other experiments";
  }

  @Override
  public ExampleShape shape() {
    return SHAPE;
  }

  /** The untrained network, which is enough for counts and sizes. */
  static MultiLayerNetwork untrained(ExperimentConfig adapting) {
    return leNet(configOf(adapting));
  }

  /**
   * The trained network, which is trained now if necessary.
   *
   * @throws UserException if its file is damaged
   */
  static MultiLayerNetwork trained(ExperimentConfig adapting, RunContext context) {
    ExperimentConfig config = configOf(adapting);
    MultiLayerNetwork network = leNet(config);
    try {
      load(train(config, context), network);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return network;
  }

  private static Path train(ExperimentConfig config, RunContext context) throws IOException {
    ResultStore store = context.results();
    RunId id = RunId.of(config);
    Path file = store.adapterFile(id);
    boolean lost = Files.exists(store.resultFile(id)) && !Files.exists(file);
    if (RunState.of(store, config, !lost) != RunState.FINISHED) {
      context.notes().accept("training the base network, to be stored as " + file);
      new Runner(store, new ProgressListener() {}, Duration.ofMinutes(1))
          .run(new BaseNetwork(), config, context.withoutAdapterNotes(), !lost);
    }
    return file;
  }

  private static void load(Path file, MultiLayerNetwork network) throws IOException {
    try {
      Adapter.read(file).applyTo(network);
    } catch (FileFormatException | AdapterMismatchException e) {
      throw new UserException(
          "%s is not the base network; delete it to train the network again: %s"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /** The run that trains it, with a name that is unique for its configuration. */
  private static ExperimentConfig configOf(ExperimentConfig adapting) {
    BaseConfig.Trained base = adapting.base().as(BaseConfig.Trained.class);
    String settings = Json.tree(adapting.model()).toString() + Json.tree(base);
    return new ExperimentConfig(
        NAME,
        "lenet-%s-%s"
            .formatted(base.dataset().name(), Sha256.of(settings).substring(0, HASH_DIGITS)),
        base.seed(),
        base.dataset(),
        adapting.model(),
        null,
        MethodConfig.named("dense"),
        null,
        base.training(),
        null);
  }

  private static MultiLayerNetwork leNet(ExperimentConfig config) {
    config.model().as(ModelConfig.LeNet.class);
    return LeNet.builder().updater(updater(config.training())).seed(config.seed()).build().init();
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    return new LayeredNetwork(leNet(config));
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    return ImageData.flat(config, context, SHAPE);
  }
}
