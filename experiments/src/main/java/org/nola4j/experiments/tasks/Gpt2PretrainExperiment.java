// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.datasets.text.Gpt2BytePairs;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.LanguageTokens;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.PackedTexts;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Gpt2;
import org.nola4j.models.checkpoint.Gpt2Checkpoint;
import org.nola4j.models.text.BytePairs;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.safetensors.TensorType;

/**
 * A GPT-2 trained from scratch with all weights, on plain texts. Its file is the whole model with
 * Hugging Face's names; {@code config.json}, {@code encoder.json} and {@code vocab.bpe} beside it
 * make it a base for {@link Gpt2NlgExperiment}.
 */
public final class Gpt2PretrainExperiment extends NetworkExperiment {
  /** Texts are cut into sequences afterwards. */
  private static final int UNCUT = 1 << 20;

  @Override
  public String name() {
    return "gpt2-pretrain";
  }

  @Override
  public String description() {
    return "GPT-2 trained from scratch on plain texts, to be adapted with gpt2-nlg";
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(1, 1);
  }

  private static ModelConfig.Gpt2 model(ExperimentConfig config) {
    return config.model().as(ModelConfig.Gpt2.class);
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    ModelConfig.Gpt2 model = model(config);
    boolean plain =
        config.reparameterization().is(Dense.class)
            && config.reparameterization().coefficientBits() == null
            && config.classifier() == null
            && model.adapted() == null
            && model.lastBlocks() == null
            && model.insertion() == null;
    if (!plain) {
      throw new UserException(
          "reparameterization: %s trains all weights directly: set its method to dense, and remove"
                  .formatted(name())
              + " coefficientBits, classifier, model.adapted, model.lastBlocks, and"
              + " model.insertion");
    }
    Double smoothing = config.training().labelSmoothing();
    Gpt2.Builder gpt2 =
        Gpt2.sized(model.ownWidth(), model.ownBlocks())
            .vocabularySize(model.ownVocabulary())
            .maxPositions(model.maxTokens())
            .labelSmoothing(smoothing == null ? 0 : smoothing)
            .updater(updater(config.training()))
            .seed(config.seed());
    try {
      return new GraphNetwork(gpt2.build().init());
    } catch (IllegalStateException e) {
      throw new UserException("model.width must be a multiple of 64, was " + model.ownWidth(), e);
    }
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    ModelConfig.Gpt2 model = model(config);
    try {
      TextTokenizer tokenizer = TextTokenizer.of(pairs(config, context), UNCUT);
      LanguageTokens language = new LanguageTokens(tokenizer, UNCUT, model.ownVocabulary());
      return PackedTexts.read(config, context, language, model.maxTokens());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BytePairs pairs(ExperimentConfig config, RunContext context) throws IOException {
    Gpt2BytePairs files = DataSets.read(context, Gpt2BytePairs::locate);
    try {
      return BytePairs.read(files.vocabulary(), files.merges())
          .first(model(config).ownVocabulary());
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  @Override
  protected void checkNotes(Map<String, String> notes) {
    refuseNotes(notes);
  }

  /** With the tokenizer beside it. */
  @Override
  protected void write(Network network, ExperimentConfig config, RunContext context, Path file)
      throws IOException {
    Gpt2Checkpoint.write(graph(network), file, TensorType.F32);
    pairs(config, context).write(file.toAbsolutePath().getParent());
  }

  @Override
  protected long bytes(Network network) {
    return Gpt2Checkpoint.bytes(graph(network), TensorType.F32);
  }

  private static ComputationGraph graph(Network network) {
    return ((GraphNetwork) network).graph();
  }
}
