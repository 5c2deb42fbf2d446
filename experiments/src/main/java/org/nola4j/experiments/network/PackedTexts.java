// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.ExistingDataSetIterator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.text.TextCorpora;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.DatasetConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.DatasetSummary;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.internal.arrays.HostArrays;

/**
 * Plain texts, one after the other in random order, each followed by the token that ends texts, and
 * cut into sequences of equal length: there is no padding, and every token is predicted. Texts that
 * are kept from training, always the same ones, are measured.
 *
 * <p>Memory: the tokens, 4 bytes each.
 */
public final class PackedTexts implements TrainingData {
  /** Small, since logits of all tokens are measured. */
  private static final int EVALUATION_BATCH = 4;

  private static final int HELD_OUT_SEED = 0;

  private final ExperimentConfig config;
  private final LanguageTokens language;
  private final String digest;
  private final Sequences train;
  private final Sequences heldOut;
  private final EpochOrder order;

  private PackedTexts(
      ExperimentConfig config, List<String> texts, LanguageTokens language, int length) {
    DatasetConfig dataset = config.dataset();
    int kept = dataset.validation();
    if (kept >= texts.size()) {
      throw new UserException(
          "dataset.validation: %s has %d texts, so %d cannot be kept from training"
              .formatted(dataset.name(), texts.size(), kept));
    }
    this.config = config;
    this.language = language;
    this.digest = digest(texts);
    EpochOrder shuffled = EpochOrder.shuffled(texts.size(), HELD_OUT_SEED);
    List<int[]> tokens = language.ended(texts);
    this.heldOut = Sequences.of(shuffled.images(0, kept), tokens, length);
    this.train =
        Sequences.of(shuffled.images(kept, texts.size()), tokens, length).first(dataset.samples());
    this.order = EpochOrder.shuffled(train.count(), config.seed());
  }

  /** Tokens of which each but the first is predicted. */
  private record Sequences(int[] tokens, int length, int count) {
    static Sequences of(int[] texts, List<int[]> encoded, int length) {
      int[] tokens =
          IntStream.of(texts).mapToObj(encoded::get).flatMapToInt(IntStream::of).toArray();
      int count = (tokens.length - 1) / length;
      if (count < 1) {
        throw new UserException(
            "dataset: %d texts have %d tokens, too few for a sequence of %d: use more, or a smaller model.maxTokens"
                .formatted(texts.length, tokens.length, length));
      }
      return new Sequences(tokens, length, count);
    }

    Sequences first(Integer most) {
      return most == null || most >= count ? this : new Sequences(tokens, length, most);
    }

    DataSet batch(int[] numbers) {
      float[] read = new float[numbers.length * length];
      float[] next = new float[read.length];
      for (int row = 0; row < numbers.length; row++) {
        for (int i = 0; i < length; i++) {
          int from = numbers[row] * length + i;
          read[row * length + i] = tokens[from];
          next[row * length + i] = tokens[from + 1];
        }
      }
      INDArray features = HostArrays.of(read, DataType.FLOAT, numbers.length, length);
      INDArray labels = HostArrays.of(next, DataType.FLOAT, numbers.length, length);
      return new DataSet(features, labels, null, Nd4j.onesLike(labels));
    }

    DataSetIterator inOrder(int most) {
      int all = Math.min(most, count);
      Iterator<DataSet> batches =
          IntStream.iterate(0, from -> from < all, from -> from + EVALUATION_BATCH)
              .mapToObj(
                  from ->
                      batch(
                          IntStream.range(from, Math.min(all, from + EVALUATION_BATCH)).toArray()))
              .iterator();
      return new ExistingDataSetIterator(batches);
    }
  }

  /**
   * Reads corpora.
   *
   * @param language is closed with the data
   * @param length tokens of a sequence
   * @throws UserException if a corpus is not there or too small
   */
  public static PackedTexts read(
      ExperimentConfig config, RunContext context, LanguageTokens language, int length) {
    requireTexts(config.dataset());
    return DataSets.read(
        context,
        source ->
            new PackedTexts(
                config, TextCorpora.read(config.dataset().name(), source), language, length));
  }

  private static void requireTexts(DatasetConfig dataset) {
    if (dataset.validation() == null) {
      throw new UserException(
          "dataset.validation is missing: how many texts are kept from training, to measure on");
    }
    DatasetConfig known =
        new DatasetConfig(
            dataset.name(),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            dataset.validation(),
            dataset.samples(),
            null,
            null);
    if (!dataset.equals(known)) {
      throw new UserException(
          "dataset: only name, validation and samples apply to texts; leave out the others");
    }
  }

  private static String digest(List<String> texts) {
    MessageDigest digest = Contents.sha256();
    texts.forEach(text -> digest.update((text + '\n').getBytes(StandardCharsets.UTF_8)));
    return Contents.hex(digest);
  }

  /** Examples are sequences. */
  @Override
  public DatasetSummary summary() {
    return new DatasetSummary(
        config.dataset().name(),
        train.count(),
        heldOut.count(),
        false,
        digest,
        "sequences of %d tokens; measured on texts held out of the training set"
            .formatted(train.length()));
  }

  @Override
  public ExampleShape shape() {
    return ExampleShape.flat(train.length(), 1);
  }

  @Override
  public boolean hasClasses() {
    return false;
  }

  @Override
  public int batchesPerEpoch() {
    int size = config.training().batchSize();
    return (train.count() + size - 1) / size;
  }

  @Override
  public void steps(int epoch, int from, int to, Step step) throws IOException {
    order.goTo(epoch);
    int size = config.training().batchSize();
    for (int number = from; number < to; number++) {
      int end = Math.min((number + 1) * size, train.count());
      DataSet batch = train.batch(order.images(number * size, end));
      step.on(batch);
      batch.getFeatures().close(); // the garbage collector does not see how large they are
    }
  }

  /** As much of it as is held out. */
  @Override
  public DataSetIterator trainingSet() {
    return train.inOrder(heldOut.count());
  }

  @Override
  public DataSetIterator testSet() {
    return heldOut.inOrder(heldOut.count());
  }

  @Override
  public void close() {
    language.close();
  }
}
