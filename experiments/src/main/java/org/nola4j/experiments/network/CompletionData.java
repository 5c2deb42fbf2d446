// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.nlg.NlgSample;
import org.nola4j.datasets.nlg.NlgSplit;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.text.CompletionBatches;
import org.nola4j.models.text.CompletionTokens;

/**
 * Contexts with their completions, on which a language model is trained: its loss is measured on
 * the validation set and as many samples of the training set.
 */
public final class CompletionData implements TrainingData {
  /** Small, since logits of all tokens are measured. */
  private static final int EVALUATION_BATCH = 4;

  private static final int DRAWN_SEED = 0;

  private final ExperimentConfig config;
  private final NlgSplit train;
  private final NlgSplit validation;
  private final List<CompletionTokens> trainTokens;
  private final List<CompletionTokens> validationTokens;
  private final CompletionBatches batches;
  private final EpochOrder order;
  private final CompletionTask task;

  private CompletionData(ExperimentConfig config, CompletionTask task) {
    this.config = config;
    this.task = task;
    this.train = drawn(task.train(), config.dataset());
    this.validation = measured(task.validation(), config.dataset());
    this.trainTokens = task.tokens(train);
    this.validationTokens = task.tokens(validation);
    this.batches = new CompletionBatches(trainTokens, config.training().batchSize());
    this.order = EpochOrder.shuffled(trainTokens.size(), config.seed());
  }

  /**
   * Opens a set.
   *
   * @param task opens it; it is closed with the data
   * @throws UserException if the set is not there, or the model does not fit its tokens
   */
  public static CompletionData read(
      ExperimentConfig config, RunContext context, Function<DataSource, CompletionTask> task) {
    return DataSets.read(
        context,
        source -> {
          requireTexts(config.dataset());
          return new CompletionData(config, task.apply(source));
        });
  }

  private static void requireTexts(DatasetConfig dataset) {
    if (dataset.normalization() != null
        || dataset.augmented()
        || dataset.imageSize() != null
        || dataset.classes() != null
        || dataset.shots() != null
        || dataset.passes() != null
        || dataset.validation() != null) {
      throw new UserException(
          "dataset: only name, samples and measured apply to data with texts, which has its own"
              + " validation set; leave out the others");
    }
  }

  /** The same samples for all seeds, in the file's order. */
  private static NlgSplit drawn(NlgSplit train, DatasetConfig dataset) {
    List<NlgSample> all = train.samples();
    if (dataset.samples() == null || dataset.samples() >= all.size()) {
      return train;
    }
    int[] numbers = EpochOrder.shuffled(all.size(), DRAWN_SEED).images(0, dataset.samples());
    return new NlgSplit(train.name(), IntStream.of(numbers).sorted().mapToObj(all::get).toList());
  }

  private static NlgSplit measured(NlgSplit validation, DatasetConfig dataset) {
    List<NlgSample> samples = validation.samples();
    int count =
        dataset.measured() == null ? samples.size() : Math.min(dataset.measured(), samples.size());
    return new NlgSplit(validation.name(), samples.subList(0, count));
  }

  @Override
  public DatasetSummary summary() {
    MessageDigest digest = Contents.sha256();
    List.of(train, validation).forEach(split -> add(split, digest));
    task.addTo(digest);
    return new DatasetSummary(
        config.dataset().name(),
        trainTokens.size(),
        validationTokens.size(),
        false,
        Contents.hex(digest),
        config.dataset().measured() == null ? null : "measured on a part of the validation set");
  }

  private static void add(NlgSplit split, MessageDigest digest) {
    for (NlgSample sample : split.samples()) {
      String line = sample.context() + "||" + sample.completion() + '\n';
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(config.training().batchSize(), 1);
  }

  @Override
  public boolean hasClasses() {
    return false;
  }

  @Override
  public Optional<TextTask> texts() {
    return task.texts();
  }

  @Override
  public Optional<Double> mmlu(Network network) {
    return task.mmlu(network);
  }

  @Override
  public int batchesPerEpoch() {
    int size = config.training().batchSize();
    return (trainTokens.size() + size - 1) / size;
  }

  @Override
  public void steps(int epoch, int from, int to, Step step) throws IOException {
    order.goTo(epoch);
    List<int[]> all = batches.epoch(order.images(0, trainTokens.size()));
    for (int[] samples : all.subList(from, to)) {
      DataSet batch = batches.batch(samples);
      step.on(batch);
      batch.getFeatures().close(); // the garbage collector does not see how large they are
    }
  }

  @Override
  public DataSetIterator trainingSet() {
    int count = Math.min(trainTokens.size(), validationTokens.size());
    return inOrder(trainTokens.subList(0, count));
  }

  @Override
  public DataSetIterator testSet() {
    return inOrder(validationTokens);
  }

  private static DataSetIterator inOrder(List<CompletionTokens> samples) {
    CompletionBatches some = new CompletionBatches(samples, EVALUATION_BATCH);
    List<int[]> numbers = new ArrayList<>(some.epoch(IntStream.range(0, samples.size()).toArray()));
    Iterator<DataSet> all = numbers.stream().map(some::batch).iterator();
    return new ExistingDataSetIterator(all);
  }

  @Override
  public void close() {
    task.close();
  }
}
