// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.network.CompletionData;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.LanguageTokens;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.text.PretrainedDecoder;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Gpt2;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;

/** A pretrained GPT-2, adapted to say data in words: tables 1 to 4 and 11 of the paper. */
public final class Gpt2NlgExperiment extends TransformerExperiment {
  /** For plans: files in the usual places. */
  private static final RunContext NOWHERE = new RunContext(Optional.empty(), null, line -> {});

  /** Uses an open file. */
  @FunctionalInterface
  private interface Use<T> {
    T of(Gpt2Checkpoint checkpoint, Path path) throws IOException;
  }

  @Override
  public String name() {
    return "gpt2-nlg";
  }

  @Override
  public String description() {
    return "pretrained GPT-2 adapted to say data in words";
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(1, 1);
  }

  @Override
  protected boolean adaptsBase() {
    return true;
  }

  private static ModelConfig.Gpt2 model(ExperimentConfig config) {
    return config.model().as(ModelConfig.Gpt2.class);
  }

  private static BaseConfig.Stored base(ExperimentConfig config) {
    return config.base().as(BaseConfig.Stored.class);
  }

  /** With the file's digest; as it is where the file is not there, which a run then says. */
  @Override
  public ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    BaseConfig.Stored base = base(config);
    if (base.sha256() != null) {
      return config;
    }
    try {
      String sha256 = open(config, context, (checkpoint, path) -> checkpoint.sha256());
      return config.withBase(new BaseConfig.Stored(base.kind(), base.file(), sha256));
    } catch (UserException notThere) {
      return config;
    }
  }

  private static <T> T open(ExperimentConfig config, RunContext context, Use<T> use) {
    Path path = find(base(config), context);
    try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(path)) {
      return use.of(checkpoint, path);
    } catch (FileFormatException | CheckpointMismatchException e) {
      throw new UserException("base.file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path find(BaseConfig.Stored base, RunContext context) {
    if (base.file() == null) {
      throw new UserException(
          "base.file is missing: set it to the folder of a GPT-2 with Hugging Face's files, as"
              + " --base gpt2");
    }
    Path path = Path.of(base.file());
    if (Files.isDirectory(path)) {
      return path;
    }
    try {
      return DataSets.read(context, source -> source.file(base.file()));
    } catch (UserException e) {
      throw new UserException("base.file: " + e.getMessage(), e);
    }
  }

  /** For plans: of the file's sizes, or of the named network's where there is no file. */
  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    if (base(config).file() != null) {
      return open(
          config,
          NOWHERE,
          (checkpoint, path) -> {
            int blocks = checkpoint.dimensions().blocks();
            return adapt(initial(checkpoint.model(), path, config), config, blocks);
          });
    }
    Gpt2.Builder model =
        Gpt2.sized(model(config).ownWidth(), model(config).ownBlocks())
            .vocabularySize(model(config).ownVocabulary());
    return adapt(initial(model, Path.of(""), config), config, model(config).ownBlocks());
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    return open(
        config,
        context,
        (checkpoint, path) -> {
          requireDigest(base(config), checkpoint, path);
          ComputationGraph network = initial(checkpoint.model(), path, config);
          checkpoint.readInto(network);
          return adapt(network, config, checkpoint.dimensions().blocks());
        });
  }

  private static void requireDigest(BaseConfig.Stored base, Gpt2Checkpoint checkpoint, Path path)
      throws IOException {
    if (base.sha256() != null && !base.sha256().equals(checkpoint.sha256())) {
      throw new UserException(
          "base.sha256: %s has %s, expected %s: use another file or remove base.sha256"
              .formatted(path, checkpoint.sha256(), base.sha256()));
    }
  }

  private static ComputationGraph initial(Gpt2.Builder model, Path path, ExperimentConfig config) {
    TrainingConfig training = config.training();
    Double smoothing = training.labelSmoothing();
    model
        .labelSmoothing(smoothing == null ? 0 : smoothing)
        .updater(updater(training))
        .seed(config.seed());
    return PretrainedDecoder.build(model, path).init();
  }

  private static Network adapt(ComputationGraph base, ExperimentConfig config, int blocks) {
    ModelConfig.Gpt2 model = model(config);
    int last = model.lastBlocks() == null ? 0 : model.lastBlocks();
    if (last > blocks) {
      throw new UserException(
          "model.lastBlocks: the network has %d blocks, but %d are to be trained"
              .formatted(blocks, last));
    }
    List<String> trained = IntStream.range(blocks - last, blocks).mapToObj(Gpt2::block).toList();
    return new GraphNetwork(adapted(base, config, model.adapted(), trained));
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    return open(
        config,
        context,
        (checkpoint, path) -> {
          int positions = checkpoint.dimensions().maxPositions();
          LanguageTokens language =
              new LanguageTokens(
                  PretrainedDecoder.tokenizer(path, null),
                  Math.min(model(config).maxTokens(), positions),
                  checkpoint.dimensions().vocabularySize());
          return CompletionData.read(config, context, language);
        });
  }
}
