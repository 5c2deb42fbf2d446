// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.config.TrainingConfig;
import org.nola4j.experiments.network.CompletionData;
import org.nola4j.experiments.network.DataToText;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.LanguageTokens;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.text.PretrainedDecoder;
import org.nola4j.models.Gpt2;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;

/** A pretrained GPT-2, adapted to say data in words: tables 1 to 4 and 11 of the paper. */
public final class Gpt2NlgExperiment extends LanguageModelExperiment<Gpt2Checkpoint> {
  @Override
  public String name() {
    return "gpt2-nlg";
  }

  @Override
  public String description() {
    return "pretrained GPT-2 adapted to say data in words";
  }

  private static ModelConfig.Gpt2 model(ExperimentConfig config) {
    return config.model().as(ModelConfig.Gpt2.class);
  }

  @Override
  Gpt2Checkpoint open(Path path) throws IOException {
    return Gpt2Checkpoint.open(path);
  }

  @Override
  String sha256(Gpt2Checkpoint checkpoint) throws IOException {
    return checkpoint.sha256();
  }

  @Override
  String files() {
    return "the folder of a GPT-2 with Hugging Face's files, as --base gpt2";
  }

  /** Of the file's sizes, or of the named network's where there is no file. */
  @Override
  protected Plan counted(ExperimentConfig config, RunContext context) {
    if (base(config).file() != null) {
      return open(
          config,
          context,
          (checkpoint, path) -> {
            int blocks = checkpoint.dimensions().blocks();
            ComputationGraphConfiguration conf = initial(checkpoint.model(), path, config).conf();
            return counted(conf, config, blocks);
          });
    }
    return counted(named(config).conf(), config, model(config).ownBlocks());
  }

  /** The named network over random weights, adapted; no file is read. For benchmarks. */
  public static GraphNetwork random(ExperimentConfig config) {
    return adapt(named(config).init(), config, model(config).ownBlocks());
  }

  private static Gpt2 named(ExperimentConfig config) {
    ModelConfig.Gpt2 model = model(config);
    return initial(
        Gpt2.sized(model.ownWidth(), model.ownBlocks()).vocabularySize(model.ownVocabulary()),
        Path.of(""),
        config);
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    return open(
        config,
        context,
        (checkpoint, path) -> {
          requireDigest(config, checkpoint, path);
          ComputationGraph network = initial(checkpoint.model(), path, config).init();
          checkpoint.readInto(network);
          return adapt(network, config, checkpoint.dimensions().blocks());
        });
  }

  private static Gpt2 initial(Gpt2.Builder model, Path path, ExperimentConfig config) {
    TrainingConfig training = config.training();
    Double smoothing = training.labelSmoothing();
    model
        .labelSmoothing(smoothing == null ? 0 : smoothing)
        .updater(updater(training))
        .seed(config.seed());
    return PretrainedDecoder.build(model, path);
  }

  private Plan counted(ComputationGraphConfiguration base, ExperimentConfig config, int blocks) {
    ModelConfig.Gpt2 model = model(config);
    List<String> trained = trained(model, blocks);
    return counted(base, config, model.adapted(), trained, model.inserted());
  }

  private static GraphNetwork adapt(ComputationGraph base, ExperimentConfig config, int blocks) {
    ModelConfig.Gpt2 model = model(config);
    List<String> trained = trained(model, blocks);
    return new GraphNetwork(adapted(base, config, model.adapted(), trained, model.inserted()));
  }

  private static List<String> trained(ModelConfig.Gpt2 model, int blocks) {
    int last = model.lastBlocks() == null ? 0 : model.lastBlocks();
    if (last > blocks) {
      throw new UserException(
          "model.lastBlocks: the network has %d blocks, but %d are to be trained"
              .formatted(blocks, last));
    }
    return IntStream.range(blocks - last, blocks).mapToObj(Gpt2::block).toList();
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
                  tokenizer(config, path, context),
                  Math.min(model(config).maxTokens(), positions),
                  checkpoint.dimensions().vocabularySize());
          return CompletionData.read(
              config, context, source -> new DataToText(config, source, language));
        });
  }
}
