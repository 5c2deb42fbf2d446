package org.nola4j.datasets.batch;

import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.random.EpochOrder;

/**
 * Feeds a network with {@link LabeledImages}: float32 features, [batch, channels x height x width]
 * or [batch, channels, height, width], and one-hot float32 labels, [batch, classes].
 *
 * <p><b>Order.</b> Without {@link Builder#shuffle shuffling}, which suits evaluation, images come
 * in the order of the set. With it, the order of epoch e is a function of (seed, e) and the size of
 * the set only: every image comes exactly once an epoch, and a resumed run that calls {@link
 * #setEpoch} sees the batches it would have seen. The rule, from the identity: for i from the last
 * place down to 1, swap places i and {@code (next >>> 32) * (i + 1) >>> 32}, where {@code next} is
 * the next output of a SplitMix64 generator (the JDK's {@code SplittableRandom}) with the initial
 * state {@code mix(seed + 0x9e3779b97f4a7c15) ^ mix(e)}, and {@code mix} is its output function.
 *
 * <p><b>Epochs</b> count from 0. {@link #reset()} begins the next one, but changes nothing while no
 * batch of the present one has been served; so it does no harm to reset before the first batch.
 * DL4J's {@code fit} and {@code evaluate} reset exhausted iterators only: the first call of {@code
 * fit} sees epoch 0, the next one epoch 1.
 *
 * <p><b>Cost.</b> Batches are new arrays that the caller may change. Apart from them and the
 * images, memory is one batch of floats and one int an image. A batch of 512 x 784 takes less than
 * a millisecond where its memory comes from a workspace, as in DL4J's {@code fit}, whose
 * prefetching thread pays it; elsewhere fresh memory from the operating system may cost several
 * times as much. Not thread-safe: while {@code fit} runs, the iterator is DL4J's.
 */
public final class BatchIterator implements DataSetIterator {
  private static final int DEFAULT_BATCH_SIZE = 128;

  private final LabeledImages images;
  private final int batchSize;
  private final boolean flat;
  private final boolean keepLast;
  private final float[][] tables;
  private final EpochOrder order;
  private float[] features = {};
  private float[] labels = {};
  private int epoch;
  private int position;
  private DataSetPreProcessor preProcessor;

  private BatchIterator(Builder builder) {
    images = builder.images;
    batchSize = builder.batchSize;
    flat = builder.flat;
    keepLast = builder.keepLast;
    tables = builder.normalization.tables(images.info().channels());
    order =
        builder.shuffled
            ? EpochOrder.shuffled(images.size(), builder.seed)
            : EpochOrder.ofTheSet(images.size());
  }

  /**
   * Starts from the defaults: batches of 128 with the last one smaller where the set ends, not
   * shuffled, flat features in [0, 1].
   *
   * @param images what to serve
   * @return a builder
   */
  public static Builder builder(LabeledImages images) {
    return new Builder(images);
  }

  /**
   * Goes to the beginning of an epoch, so that the batches of a resumed run are those of an
   * uninterrupted one.
   *
   * @param epoch epoch number, from 0
   * @throws IllegalArgumentException if it is negative
   */
  public void setEpoch(int epoch) {
    order.goTo(epoch);
    this.epoch = epoch;
    position = 0;
  }

  /** The present epoch, from 0. */
  public int epoch() {
    return epoch;
  }

  /** The number of batches an epoch. */
  public int batchesPerEpoch() {
    int full = images.size() / batchSize;
    return keepLast && images.size() % batchSize > 0 ? full + 1 : full;
  }

  @Override
  public boolean hasNext() {
    int remaining = images.size() - position;
    return remaining >= (keepLast ? 1 : batchSize);
  }

  @Override
  public DataSet next() {
    return next(batchSize);
  }

  /**
   * The next images of the epoch, at most as many as are left in it.
   *
   * @param count how many, at least 1
   * @return a batch of its own arrays
   * @throws NoSuchElementException if the epoch has ended
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  @Override
  public DataSet next(int count) {
    if (!hasNext()) {
      throw new NoSuchElementException("epoch %d has ended: call reset()".formatted(epoch));
    }
    if (count < 1) {
      throw new IllegalArgumentException("a batch has at least 1 image, got " + count);
    }
    DataSet batch = batch(Math.min(count, images.size() - position));
    if (preProcessor != null) {
      preProcessor.preProcess(batch);
    }
    return batch;
  }

  /** Begins the next epoch, or changes nothing while no batch of the present one was served. */
  @Override
  public void reset() {
    if (position > 0) {
      setEpoch(epoch + 1);
    }
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  /** True: DL4J may prepare batches in a thread of its own while the network computes. */
  @Override
  public boolean asyncSupported() {
    return true;
  }

  /** The number of images a batch, the last of an epoch perhaps excepted. */
  @Override
  public int batch() {
    return batchSize;
  }

  /** The number of inputs: channels x height x width. */
  @Override
  public int inputColumns() {
    return images.info().pixelsPerImage();
  }

  /** The number of classes. */
  @Override
  public int totalOutcomes() {
    return images.info().classes();
  }

  /** The names of the classes, or their numbers as text: "0", "1", and so on. */
  @Override
  public List<String> getLabels() {
    return images.info().labelNames();
  }

  @Override
  public void setPreProcessor(DataSetPreProcessor preProcessor) {
    this.preProcessor = preProcessor;
  }

  @Override
  public DataSetPreProcessor getPreProcessor() {
    return preProcessor;
  }

  private DataSet batch(int count) {
    int inputs = inputColumns();
    int classes = totalOutcomes();
    if (features.length < count * inputs) { // the first batch, or a call of next(count) for more
      features = new float[Math.multiplyExact(count, inputs)];
      labels = new float[Math.multiplyExact(count, classes)];
    }
    Arrays.fill(labels, 0);
    for (int slot = 0; slot < count; slot++) {
      int image = order.image(position++);
      convert(image, slot * inputs);
      labels[slot * classes + images.label(image)] = 1;
    }
    return new DataSet(
        FloatArrays.of(features, featureShape(count)), FloatArrays.of(labels, count, classes));
  }

  /** Writes the inputs of an image to {@code features}, from index {@code to} on. */
  private void convert(int image, int to) {
    byte[] pixels = images.sharedPixels();
    int plane = inputColumns() / tables.length;
    int from = image * inputColumns();
    for (float[] table : tables) {
      for (int i = 0; i < plane; i++) {
        features[to++] = table[pixels[from++] & 0xff];
      }
    }
  }

  private long[] featureShape(int count) {
    ImageSetInfo info = images.info();
    return flat
        ? new long[] {count, info.pixelsPerImage()}
        : new long[] {count, info.channels(), info.height(), info.width()};
  }

  /** Collects the options of a {@link BatchIterator}. */
  public static final class Builder {
    private final LabeledImages images;
    private int batchSize = DEFAULT_BATCH_SIZE;
    private boolean shuffled;
    private long seed;
    private boolean flat = true;
    private boolean keepLast = true;
    private Normalization normalization = Normalization.UNIT;

    private Builder(LabeledImages images) {
      this.images = images;
    }

    /**
     * Sets the number of images a batch, by default 128.
     *
     * @param batchSize at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Builder batchSize(int batchSize) {
      if (batchSize < 1) {
        throw new IllegalArgumentException("a batch has at least 1 image, got " + batchSize);
      }
      this.batchSize = batchSize;
      return this;
    }

    /**
     * Shuffles anew every epoch; by default images come in the order of the set.
     *
     * @param seed any number; with the epoch it decides the order
     * @return this
     */
    public Builder shuffle(long seed) {
      this.shuffled = true;
      this.seed = seed;
      return this;
    }

    /**
     * Sets how pixels become inputs, by default {@link Normalization#UNIT}.
     *
     * @param normalization for one channel value each, or the same for all
     * @return this
     */
    public Builder normalization(Normalization normalization) {
      this.normalization = normalization;
      return this;
    }

    /**
     * Chooses the shape of the features.
     *
     * @param flat true, the default, for [batch, channels x height x width]; false for [batch,
     *     channels, height, width]
     * @return this
     */
    public Builder flat(boolean flat) {
      this.flat = flat;
      return this;
    }

    /**
     * Chooses what happens where the batch size does not divide the number of images.
     *
     * @param keepLast true, the default, to serve a smaller last batch; false to leave the rest of
     *     the epoch's order out
     * @return this
     */
    public Builder keepLast(boolean keepLast) {
      this.keepLast = keepLast;
      return this;
    }

    /**
     * Makes the iterator, at the beginning of epoch 0.
     *
     * @return a new iterator
     * @throws IllegalArgumentException if the normalisation is for another number of channels, or
     *     there is no full batch and smaller ones are not kept
     */
    public BatchIterator build() {
      if (!keepLast && batchSize > images.size()) {
        throw new IllegalArgumentException(
            "%s has no full batch of %d and smaller ones are not kept: choose a smaller batch"
                .formatted(images, batchSize));
      }
      return new BatchIterator(this);
    }
  }
}
