// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.image.Augmentation;
import org.nola4j.datasets.image.Augmentations;
import org.nola4j.datasets.random.EpochOrder;

/**
 * Feeds a network with the augmented and normalized images of an {@link ImageSet}: float32 features
 * in an {@link ImageLayout} and one-hot float32 labels, [batch, classes].
 *
 * <p><b>Order.</b> Without {@link Builder#shuffle shuffling}, as for evaluation, images come in the
 * order of the set. With it, they come in the order of {@link EpochOrder}, which depends only on
 * the seed, the epoch, and the size of the set. So a resumed run that calls {@link #setEpoch(int,
 * int)} sees bit for bit the batches of an uninterrupted run.
 *
 * <p><b>Epochs</b> count from 0. {@link #reset()} begins the next one, but does nothing until the
 * current epoch has served a batch, so resetting before the first batch is harmless. DL4J's {@code
 * fit} and {@code evaluate} only reset exhausted iterators: the first call of {@code fit} sees
 * epoch 0, the next one epoch 1.
 *
 * <p><b>Randomness.</b> The random numbers that augment an image depend only on the seed, the
 * epoch, and the index of the image in its set, not on the order, the batch size, or the number of
 * threads: a SplitMix64 generator with initial state {@code mix(f + 0x9e3779b97f4a7c15) ^
 * mix(index)}, where f is the first output of the generator with initial state {@code mix(~seed +
 * 0x9e3779b97f4a7c15) ^ mix(epoch)}, and {@code mix} is its output function.
 *
 * <p><b>Threads.</b> Daemon threads of the iterator decode, augment, and normalize a few batches
 * ahead of training: one per thread, and two more. They start with the first batch and end at
 * {@link #close()} or after ten idle seconds. If one fails, {@link #next()} throws an exception
 * with that cause, and the next call tries the same batch again. The iterator itself is not
 * thread-safe.
 *
 * <p><b>Cost.</b> A batch is two new arrays outside any workspace, which the caller may change, so
 * memory use is a few batches and one int per image. With large batches, {@code close()} their
 * arrays after use: the garbage collector does not see how large they are. Images in memory that
 * are not augmented are converted without a copy.
 */
public final class BatchIterator implements DataSetIterator, AutoCloseable {
  private static final int DEFAULT_BATCH_SIZE = 128;
  private static final int BATCHES_READY = 2;

  private final ImageSet images;
  private final int batchSize;
  private final boolean keepLast;
  private final int ahead;
  private final EpochOrder order;
  private final BatchMaker maker;
  private final Prefetcher<DataSet> prefetcher;
  private int epoch;
  private int firstBatch;
  private int batch;
  private boolean closed;
  private DataSetPreProcessor preProcessor;

  private BatchIterator(Builder builder) {
    images = builder.images;
    batchSize = builder.batchSize;
    keepLast = builder.keepLast;
    ahead = builder.threads + BATCHES_READY;
    order =
        builder.shuffled
            ? EpochOrder.shuffled(images.size(), builder.shuffleSeed)
            : EpochOrder.ofTheSet(images.size());
    maker =
        new BatchMaker(
            images,
            builder.augmentation,
            builder.augmentationSeed,
            builder.normalization,
            builder.layout);
    prefetcher = new Prefetcher<>("batches", builder.threads);
  }

  /**
   * Creates a builder with the defaults: batches of 128, the last one possibly smaller, not
   * shuffled, not augmented, flat inputs in [0, 1], one thread.
   *
   * @param images what to serve
   * @return a builder
   */
  public static Builder builder(ImageSet images) {
    return new Builder(images);
  }

  /**
   * Moves to the beginning of an epoch.
   *
   * @param epoch epoch number, from 0
   * @throws IllegalArgumentException if it is negative
   */
  public void setEpoch(int epoch) {
    setEpoch(epoch, 0);
  }

  /**
   * Moves to a batch of an epoch, so that a resumed run sees the batches of an uninterrupted one.
   * Skipped images are not decoded.
   *
   * @param epoch epoch number, from 0
   * @param batch number of the next batch in the epoch, from 0 to {@link #batchesPerEpoch()}, which
   *     means its end
   * @throws IllegalArgumentException if there is no such epoch or batch
   */
  public void setEpoch(int epoch, int batch) {
    if (batch < 0 || batch > batchesPerEpoch()) {
      throw new IllegalArgumentException(
          "an epoch has batches 0 to %d, but batch %d was requested"
              .formatted(batchesPerEpoch() - 1, batch));
    }
    order.goTo(epoch);
    prefetcher.cancel();
    this.epoch = epoch;
    this.batch = batch;
    firstBatch = batch;
  }

  /** The current epoch, from 0. */
  public int epoch() {
    return epoch;
  }

  /**
   * The number of the next batch in its epoch, from 0. This and {@link #epoch} are the whole state
   * of the iterator.
   */
  public int batchInEpoch() {
    return batch;
  }

  /** The number of batches per epoch. */
  public int batchesPerEpoch() {
    int full = images.size() / batchSize;
    return keepLast && images.size() % batchSize > 0 ? full + 1 : full;
  }

  @Override
  public boolean hasNext() {
    return batch < batchesPerEpoch();
  }

  /**
   * The next batch of the epoch.
   *
   * @return new arrays
   * @throws NoSuchElementException if the epoch has ended
   * @throws DataSetException if an image cannot be read or augmented
   * @throws IllegalStateException if the iterator is closed
   */
  @Override
  public DataSet next() {
    if (closed) {
      throw new IllegalStateException("the iterator is closed");
    }
    if (!hasNext()) {
      throw new NoSuchElementException("epoch %d has ended: call reset()".formatted(epoch));
    }
    askAhead();
    DataSet taken = take();
    batch++;
    askAhead();
    if (preProcessor != null) {
      preProcessor.preProcess(taken);
    }
    return taken;
  }

  /**
   * The same as {@link #next()}. Batches are prepared ahead of time and counted by {@link
   * #setEpoch(int, int)}, so their size is fixed.
   *
   * @param count the batch size
   * @throws UnsupportedOperationException if it is another number
   */
  @Override
  public DataSet next(int count) {
    if (count != batchSize) {
      throw new UnsupportedOperationException(
          "batches have the fixed size %d, but %d was requested: build an iterator with that batch size"
              .formatted(batchSize, count));
    }
    return next();
  }

  /**
   * Begins the next epoch. Does nothing if no batch was served since the last call of this method
   * or of {@link #setEpoch(int, int)} and the epoch has one.
   */
  @Override
  public void reset() {
    if (batch > firstBatch || !hasNext()) {
      setEpoch(epoch + 1);
    }
  }

  /** Ends the threads. Batches served before stay valid; there are no more afterwards. */
  @Override
  public void close() {
    closed = true;
    prefetcher.close();
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  /** Returns false: this iterator already prepares batches ahead of time. */
  @Override
  public boolean asyncSupported() {
    return false;
  }

  /** The number of images per batch; the last batch of an epoch may have fewer. */
  @Override
  public int batch() {
    return batchSize;
  }

  /** The number of inputs: channels x height x width after augmentation. */
  @Override
  public int inputColumns() {
    return maker.inputs();
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

  private void askAhead() {
    int present = epoch;
    int next = batch + prefetcher.pending();
    while (prefetcher.pending() < ahead && next < batchesPerEpoch()) {
      int from = next * batchSize;
      int[] indices = order.images(from, Math.min(from + batchSize, images.size()));
      prefetcher.ask(cancelled -> maker.make(present, indices, cancelled));
      next++;
    }
  }

  private DataSet take() {
    try {
      return prefetcher.take();
    } catch (ExecutionException e) {
      prefetcher.cancel();
      Throwable cause = e.getCause();
      throw new DataSetException(
          "%s %s: batch %d of epoch %d could not be made: %s"
              .formatted(
                  images.info().name(),
                  images.info().split(),
                  batch,
                  epoch,
                  cause instanceof DataSetException ? cause.getMessage() : cause),
          cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataSetException("interrupted while waiting for a batch", e);
    }
  }

  /** Builds a {@link BatchIterator}. */
  public static final class Builder {
    private final ImageSet images;
    private int batchSize = DEFAULT_BATCH_SIZE;
    private boolean shuffled;
    private long shuffleSeed;
    private Augmentation augmentation = Augmentations.NONE;
    private long augmentationSeed;
    private Normalization normalization = Normalization.UNIT;
    private ImageLayout layout = ImageLayout.FLAT;
    private boolean keepLast = true;
    private int threads = 1;

    private Builder(ImageSet images) {
      this.images = images;
    }

    /**
     * Sets the number of images per batch; the default is 128.
     *
     * @param batchSize at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Builder batchSize(int batchSize) {
      if (batchSize < 1) {
        throw new IllegalArgumentException("a batch needs at least 1 image, got " + batchSize);
      }
      this.batchSize = batchSize;
      return this;
    }

    /**
     * Shuffles the images again for every epoch. By default they come in the order of the set.
     *
     * @param seed decides the order, together with the epoch
     * @return this
     */
    public Builder shuffle(long seed) {
      this.shuffled = true;
      this.shuffleSeed = seed;
      return this;
    }

    /**
     * Sets how each image is changed before it is normalized; by default it is not. All images must
     * have the same size afterwards.
     *
     * @param augmentation shared by all threads
     * @param seed decides what is random, together with the epoch and the image's index; may be the
     *     seed of {@link #shuffle}
     * @return this
     */
    public Builder augment(Augmentation augmentation, long seed) {
      this.augmentation = augmentation;
      this.augmentationSeed = seed;
      return this;
    }

    /**
     * Like {@link #augment(Augmentation, long)}, for steps that are not random.
     *
     * @param augmentation shared by all threads
     * @return this
     */
    public Builder augment(Augmentation augmentation) {
      return augment(augmentation, 0);
    }

    /**
     * Sets how pixels become inputs; the default is {@link Normalization#UNIT}.
     *
     * @param normalization with one value per channel, or one for all channels
     * @return this
     */
    public Builder normalization(Normalization normalization) {
      this.normalization = normalization;
      return this;
    }

    /**
     * Sets the shape of the features; the default is {@link ImageLayout#FLAT}.
     *
     * @param layout any
     * @return this
     */
    public Builder layout(ImageLayout layout) {
      this.layout = layout;
      return this;
    }

    /**
     * Sets what happens if the batch size does not divide the number of images.
     *
     * @param keepLast true, the default, for a smaller last batch; false to drop the remaining
     *     images of the epoch
     * @return this
     */
    public Builder keepLast(boolean keepLast) {
      this.keepLast = keepLast;
      return this;
    }

    /**
     * Sets how many threads prepare batches; the default is 1. Batches do not depend on it.
     *
     * @param threads at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Builder threads(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("need at least 1 thread, got " + threads);
      }
      this.threads = threads;
      return this;
    }

    /**
     * Builds the iterator, at the beginning of epoch 0. Decodes and augments the first image of the
     * set to find its size.
     *
     * @return a new iterator
     * @throws DataSetException if that image cannot be read
     * @throws IllegalArgumentException if the normalization is for another number of channels, or
     *     if there is no full batch and smaller ones are dropped
     */
    public BatchIterator build() {
      if (!keepLast && batchSize > images.size()) {
        throw new IllegalArgumentException(
            "%s has no full batch of %d, and smaller ones are dropped: choose a smaller batch size"
                .formatted(images, batchSize));
      }
      return new BatchIterator(this);
    }
  }
}
