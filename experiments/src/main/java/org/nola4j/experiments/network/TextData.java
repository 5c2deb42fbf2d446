// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.text.LabeledTexts;
import org.nola4j.datasets.text.TextDataSets;
import org.nola4j.datasets.text.TextFile;
import org.nola4j.datasets.text.TextSplits;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig.Bert;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.text.TextTokenizer;
import org.nola4j.models.text.TokenBatch;

/**
 * Labeled texts as a tokenizer cuts them: the whole of a set or a part of it. Batches to train on
 * are drawn at random, those to measure on are of similar lengths.
 */
public final class TextData implements TrainingData {
  private static final int EVALUATION_BATCH = 64;

  private final ExperimentConfig config;
  private final Split train;
  private final Split test;
  private final EpochOrder order;
  private final Bert model;
  private final int outputs;

  /** Texts and their tokens. */
  private record Split(LabeledTexts texts, List<int[]> tokens) {
    static Split of(LabeledTexts texts, TextTokenizer tokenizer) {
      return new Split(texts, tokenizer.encode(texts.texts()));
    }
  }

  private TextData(
      ExperimentConfig config, TextSplits texts, TextTokenizer tokenizer, int outputs) {
    this.config = config;
    this.train = Split.of(texts.train(), tokenizer);
    this.test = Split.of(texts.test(), tokenizer);
    this.order = EpochOrder.shuffled(texts.train().size(), config.seed());
    this.model = config.model().as(Bert.class);
    this.outputs = outputs;
  }

  /**
   * Opens a set.
   *
   * @throws UserException if the set is not there or too small
   */
  public static TextData read(
      ExperimentConfig config, RunContext context, TextTokenizer tokenizer) {
    return DataSets.read(
        context,
        source -> {
          requireNoImages(config.dataset());
          TextSplits whole = TextDataSets.open(config.dataset().name(), source);
          int outputs = outputs(config, whole.train().classes().size());
          return new TextData(config, selected(config, whole), tokenizer, outputs);
        });
  }

  private static void requireNoImages(DatasetConfig dataset) {
    if (dataset.normalization() != null
        || dataset.augmented()
        || dataset.imageSize() != null
        || dataset.classes() != null) {
      throw new UserException(
          "dataset: normalization, augmentation, imageSize and classes are for images; leave them"
              + " out");
    }
  }

  /**
   * Outputs of the head for the data's classes.
   *
   * @throws UserException if the configuration has fewer
   */
  public static int outputs(ExperimentConfig config, int classes) {
    Integer wanted = config.model().as(Bert.class).classes();
    if (wanted != null && wanted < classes) {
      throw new UserException(
          "model.classes must be at least the %d classes of %s, was %d"
              .formatted(classes, config.dataset().name(), wanted));
    }
    return wanted == null ? classes : wanted;
  }

  /** As {@link DataSelection} does with images. */
  private static TextSplits selected(ExperimentConfig config, TextSplits whole) {
    DatasetConfig dataset = config.dataset();
    LabeledTexts train = whole.train();
    LabeledTexts test = whole.test();
    if (dataset.validation() != null) {
      test = train.heldOut(dataset.validation());
      train = train.withoutHeldOut(dataset.validation());
    } else if (TextFile.isNamedSo(dataset.name())) {
      throw new UserException(
          "dataset.validation is missing: how many of the %d texts of %s are kept from training, to"
                  .formatted(train.size(), dataset.name())
              + " measure on");
    }
    if (dataset.measured() != null && dataset.measured() < test.size()) {
      test = test.heldOut(dataset.measured());
    }
    requireAllClasses(train, dataset);
    if (dataset.shots() != null) {
      long seed = dataset.shotsSeed() == null ? config.seed() : dataset.shotsSeed();
      train = train.shots(dataset.shots(), seed);
    }
    return new TextSplits(train, test);
  }

  private static void requireAllClasses(LabeledTexts train, DatasetConfig dataset) {
    Set<Integer> found = Arrays.stream(train.labels()).boxed().collect(Collectors.toSet());
    for (int label = 0; label < train.classes().size(); label++) {
      if (!found.contains(label)) {
        throw new UserException(
            "dataset.validation=%d: no text of \"%s\" in %s is left to train on: add texts of it, or keep fewer from training"
                .formatted(dataset.validation(), train.classes().get(label), dataset.name()));
      }
    }
  }

  /** The names of the classes. */
  public List<String> classes() {
    return train.texts().classes();
  }

  /** The largest token of all texts. */
  public int largestToken() {
    return Stream.of(train, test)
        .flatMap(split -> split.tokens().stream())
        .flatMapToInt(Arrays::stream)
        .max()
        .orElseThrow();
  }

  @Override
  public DatasetSummary summary() {
    MessageDigest digest = Contents.sha256();
    add(train.texts(), digest);
    add(test.texts(), digest);
    return new DatasetSummary(
        config.dataset().name(),
        train.texts().size(),
        test.texts().size(),
        false,
        Contents.hex(digest),
        note());
  }

  private static void add(LabeledTexts texts, MessageDigest digest) {
    for (int i = 0; i < texts.size(); i++) {
      String line = texts.classes().get(texts.label(i)) + '\t' + texts.texts().get(i) + '\n';
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
  }

  private String note() {
    if (config.dataset().validation() != null) {
      return "measured on texts held out of the training set, not on the test set";
    }
    return config.dataset().measured() == null ? null : "measured on a part of the test set";
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(model.maxTokens(), outputs);
  }

  private int batchesPerPass() {
    int size = config.training().batchSize();
    return (train.texts().size() + size - 1) / size;
  }

  @Override
  public int batchesPerEpoch() {
    return config.dataset().passesPerEpoch() * batchesPerPass();
  }

  @Override
  public void steps(int epoch, int first, int end, Step step) throws IOException {
    int size = config.training().batchSize();
    for (int batch = first; batch < end; batch++) {
      order.goTo((epoch - 1) * config.dataset().passesPerEpoch() + batch / batchesPerPass());
      int from = batch % batchesPerPass() * size;
      int to = Math.min(from + size, train.texts().size());
      DataSet examples = batch(order.images(from, to));
      step.on(examples);
      examples.getFeatures().close(); // the garbage collector does not see how large they are
    }
  }

  private DataSet batch(int[] examples) {
    List<int[]> tokens = Arrays.stream(examples).mapToObj(train.tokens()::get).toList();
    TokenBatch batch = TextTokenizer.batchesOf(tokens, examples.length).get(0);
    return dataSet(batch, i -> train.texts().label(examples[i]));
  }

  private DataSet dataSet(TokenBatch batch, IntUnaryOperator label) {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, batch.texts().size(), outputs);
    for (int row = 0; row < batch.texts().size(); row++) {
      labels.putScalar(row, label.applyAsInt(batch.texts().get(row)), 1);
    }
    return new DataSet(batch.ids(), labels, batch.mask(), null);
  }

  @Override
  public DataSetIterator trainingSet() {
    return inOrder(train);
  }

  @Override
  public DataSetIterator testSet() {
    return inOrder(test);
  }

  private DataSetIterator inOrder(Split split) {
    Iterator<DataSet> batches =
        TextTokenizer.batchesOf(split.tokens(), EVALUATION_BATCH).stream()
            .map(batch -> dataSet(batch, split.texts()::label))
            .iterator();
    return new ExistingDataSetIterator(batches);
  }
}
