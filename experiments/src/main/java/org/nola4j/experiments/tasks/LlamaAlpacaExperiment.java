// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.CompletionData;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.text.PretrainedDecoder;
import org.nola4j.models.Llama;
import org.nola4j.models.checkpoint.LlamaSource;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * A pretrained LLaMA whose weights stay in 8 bits, adapted to follow Alpaca's instructions: table 5
 * of the paper.
 */
public final class LlamaAlpacaExperiment extends LanguageModelExperiment<LlamaSource> {
  @Override
  public String name() {
    return "llama-alpaca";
  }

  @Override
  public String description() {
    return "pretrained LLaMA of 8 bits adapted to follow instructions";
  }

  private static ModelConfig.Llama model(ExperimentConfig config) {
    return config.model().as(ModelConfig.Llama.class);
  }

  @Override
  LlamaSource open(Path path) throws IOException {
    return PretrainedDecoder.llama(path)
        .orElseThrow(() -> new UserException("base.file: " + path + " is no LLaMA"));
  }

  @Override
  String sha256(LlamaSource source) throws IOException {
    return source.sha256();
  }

  @Override
  String files() {
    return "the folder of a LLaMA with Hugging Face's files, as --base llama-2-7b, or to one of"
        + " llama2.c (.bin)";
  }

  /** Of the file's sizes, or of the named network's where there is no file; no weight is read. */
  @Override
  protected Plan counted(ExperimentConfig config, RunContext context) {
    ComputationGraphConfiguration conf =
        base(config).file() == null
            ? named(config).build().conf()
            : open(config, context, (source, path) -> configuration(source, path, config));
    requireAdapters(config);
    return counted(conf, config, model(config).adapted(), List.of(), null);
  }

  private static Llama.Builder named(ExperimentConfig config) {
    return switch (model(config).network()) {
      case OF_7B -> Llama.of7B();
      case OF_13B -> Llama.of13B();
      case OF_70B -> Llama.of70B();
    };
  }

  private static void requireAdapters(ExperimentConfig config) {
    if (config.reparameterization().is(Dense.class)) {
      throw new UserException(
          "reparameterization: %s trains adapters over frozen weights: use another method than dense"
              .formatted(config.experiment()));
    }
  }

  private static ComputationGraphConfiguration configuration(
      LlamaSource source, Path path, ExperimentConfig config) {
    return PretrainedDecoder.build(
            source.model().updater(updater(config.training())).seed(config.seed()), path)
        .conf();
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    requireAdapters(config);
    AdapterPlan plan = adapterPlan(config, model(config).adapted(), List.of(), null);
    return open(
        config,
        context,
        (source, path) -> {
          requireDigest(config, source, path);
          ComputationGraph graph =
              Adapters.read(configuration(source, path, config), source.parameters(), plan)
                  .network();
          return new GraphNetwork(graph);
        });
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    return open(
        config,
        context,
        (source, path) -> {
          TextTokenizer tokenizer = tokenizer(config, path, context);
          int words = source.dimensions().vocabularySize();
          return CompletionData.read(
              config,
              context,
              data -> new Instructions(config, data, tokenizer, source.maxPositions(), words));
        });
  }
}
