// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.datasets.text.TextDataSets;
import org.nola4j.datasets.text.TextFile;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig.Bert;
import org.nola4j.experiments.network.ClassMeanHead;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.TextData;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.text.ClassLabels;
import org.nola4j.experiments.text.PretrainedEncoder;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.BertEncoder.Pooling;
import org.nola4j.models.text.TextTokenizer;

/** A pretrained text encoder, fine-tuned with a new head to classify texts. */
public final class TextClassificationExperiment extends TransformerExperiment {
  /** As long as a digest. */
  private static final String ANY = "0".repeat(64);

  @Override
  public String name() {
    return "text-classification";
  }

  @Override
  public String description() {
    return "pretrained sentence encoder fine-tuned to classify texts";
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(128, 57);
  }

  @Override
  protected boolean adaptsBase() {
    return true;
  }

  private static Bert model(ExperimentConfig config) {
    return config.model().as(Bert.class);
  }

  /**
   * With what the files say: the digests of the encoder and of a file of texts, and an unusual
   * pooling; as it is where they are not there, which a run then says.
   */
  @Override
  public ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    return withEncoder(withDigestOfTexts(config, context), context);
  }

  private static ExperimentConfig withEncoder(ExperimentConfig config, RunContext context) {
    BaseConfig.Stored base = base(config);
    try (PretrainedEncoder encoder = open(config, context)) {
      ExperimentConfig known =
          base.sha256() == null ? config.withBase(base.withSha256(encoder.sha256())) : config;
      Pooling pooling = pooling(config, encoder);
      return pooling == PretrainedEncoder.usualPooling(base.file())
          ? known
          : known.withModel(model(config).withPooling(pooling));
    } catch (UserException notThere) {
      return config;
    }
  }

  private static Pooling pooling(ExperimentConfig config, PretrainedEncoder encoder) {
    return model(config).pooling() == null ? encoder.pooling() : model(config).pooling();
  }

  private static ExperimentConfig withDigestOfTexts(ExperimentConfig config, RunContext context) {
    DatasetConfig texts = config.dataset();
    if (texts.sha256() != null || !TextFile.isNamedSo(texts.name())) {
      return config;
    }
    try {
      return config.withDataset(texts.withSha256(digest(texts, context)));
    } catch (UserException notThere) {
      return config;
    }
  }

  private static String digest(DatasetConfig texts, RunContext context) {
    Path file = DataSets.read(context, source -> source.file(texts.name()));
    try {
      return FileDigests.sha256(file, digest -> {});
    } catch (IOException e) {
      throw new UserException("dataset: cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void requireDigest(DatasetConfig texts, RunContext context) {
    if (texts.sha256() != null && !texts.sha256().equals(digest(texts, context))) {
      throw new UserException(
          "dataset.sha256: %s has %s, expected %s: use the same file, on every machine, or remove dataset.sha256"
              .formatted(texts.name(), digest(texts, context), texts.sha256()));
    }
  }

  private static PretrainedEncoder open(ExperimentConfig config, RunContext context) {
    String name = base(config).file();
    return DataSets.read(context, source -> PretrainedEncoder.open(name, source));
  }

  private static BaseConfig.Stored base(ExperimentConfig config) {
    BaseConfig.Stored base = config.base().as(BaseConfig.Stored.class);
    if (base.file() == null || base.file().isBlank()) {
      throw new UserException("base.file is missing: the pretrained encoder, as --base minilm");
    }
    return base;
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    return untrained(config, shape.classes(), RunContext.USUAL);
  }

  /** An encoder on Maven Central need not be there. */
  @Override
  protected Plan counted(ExperimentConfig config, RunContext context) {
    String texts = config.dataset().name();
    int classes = DataSets.read(context, source -> TextDataSets.classes(texts, source));
    return counted(untrained(config, TextData.outputs(config, classes), context));
  }

  private static Network untrained(ExperimentConfig config, int classes, RunContext context) {
    String name = base(config).file();
    Pooling wanted = model(config).pooling();
    Pooling pooling =
        wanted == null
            ? DataSets.read(context, source -> PretrainedEncoder.pooling(name, source))
            : wanted;
    ComputationGraph network = classifier(sizes(config, context), config, classes);
    return adapt(network, config, task(config, ANY, pooling, context).notes());
  }

  /**
   * An encoder of the configuration's sizes over random weights, adapted; an encoder on Maven
   * Central need not be there. For benchmarks.
   */
  public static GraphNetwork random(ExperimentConfig config, int classes) {
    return adapt(classifier(sizes(config, RunContext.USUAL), config, classes), config, Map.of());
  }

  /** An encoder of the configuration's sizes; one on Maven Central need not be there. */
  public static BertEncoder.Builder sizes(ExperimentConfig config, RunContext context) {
    return DataSets.read(context, source -> PretrainedEncoder.sizes(base(config).file(), source));
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    try (PretrainedEncoder encoder = open(config, context)) {
      encoder.requireDigest(base(config).sha256(), "base.sha256");
      Pooling pooling = pooling(config, encoder);
      ComputationGraph network =
          encoder.read(classifier(encoder.model(pooling), config, shape.classes()));
      ClassLabels task = task(config, encoder.sha256(), pooling, context);
      return adapt(network, config, task.notes());
    }
  }

  @Override
  protected void prepare(Network network, TrainingData data, ExperimentConfig config) {
    if (model(config).head() == Bert.Head.CLASS_MEANS) {
      ClassMeanHead.set(network, data, BertEncoder.HEAD);
    }
  }

  @Override
  protected void checkNotes(Map<String, String> notes) {
    notes.keySet().stream()
        .filter(ClassLabels::isReserved)
        .findFirst()
        .ifPresent(
            name -> {
              throw new UserException(
                  "--note %s: %s writes a note of this name itself: take another name"
                      .formatted(name, name()));
            });
  }

  private static ClassLabels task(
      ExperimentConfig config, String sha256, Pooling pooling, RunContext context) {
    List<String> labels =
        DataSets.read(context, source -> TextDataSets.open(config.dataset().name(), source))
            .train()
            .classes();
    return new ClassLabels(
        labels,
        TextData.outputs(config, labels.size()),
        base(config).file(),
        sha256,
        model(config).maxTokens(),
        pooling);
  }

  private static ComputationGraph classifier(
      BertEncoder.Builder encoder, ExperimentConfig config, int classes) {
    return encoder
        .classes(classes)
        .updater(updater(config.training()))
        .seed(config.seed())
        .build()
        .init();
  }

  @Override
  protected TrainingData data(ExperimentConfig config, RunContext context) {
    requireDigest(config.dataset(), context);
    try (PretrainedEncoder encoder = open(config, context);
        TextTokenizer tokenizer = encoder.tokenizer(model(config).maxTokens())) {
      TextData data = TextData.read(config, context, tokenizer);
      encoder.requireKnown(data.largestToken());
      return data;
    }
  }

  private static GraphNetwork adapt(
      ComputationGraph base, ExperimentConfig config, Map<String, String> notes) {
    ComputationGraph graph =
        adapted(base, config, model(config).adapted(), List.of(BertEncoder.HEAD));
    return new GraphNetwork(graph, BertEncoder.POOLING, notes);
  }
}
