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
 * Feeds a network with the images of an {@link ImageSet}, augmented and normalized: float32
 * features in an {@link ImageLayout}, and one-hot float32 labels, [batch, classes].
 *
 * <p><b>Order.</b> Without {@link Builder#shuffle shuffling}, which suits evaluation, images come
 * in the order of the set; with it, in that of {@link EpochOrder}, which depends on the seed, the
 * epoch and the size of the set only. So a resumed run that calls {@link #setEpoch(int, int)} sees,
 * to the last bit, the batches of a run that was never interrupted.
 *
 * <p><b>Epochs</b> count from 0. {@link #reset()} begins the next one, but changes nothing while no
 * batch of the present one has been served; so it does no harm to reset before the first batch.
 * DL4J's {@code fit} and {@code evaluate} reset exhausted iterators only: the first call of {@code
 * fit} sees epoch 0, the next one epoch 1.
 *
 * <p><b>Randomness.</b> The random numbers of an image's augmentation are a function of (seed,
 * epoch, index of the image in its set) only, whatever the order, batch size and number of threads:
 * a SplitMix64 generator with initial state {@code mix(f + 0x9e3779b97f4a7c15) ^ mix(index)}, where
 * f is the first output of the generator with initial state {@code mix(~seed + 0x9e3779b97f4a7c15)
 * ^ mix(epoch)}, and {@code mix} is its output function.
 *
 * <p><b>Threads.</b> Decoding, augmenting and normalizing run ahead of training in daemon threads
 * of the iterator, a few batches far: as many as there are threads, and two more. They start with
 * the first batch, and end at {@link #close()} or after ten seconds without work. If one fails,
 * {@link #next()} throws with its exception as cause, and a further call tries the same batch
 * again. The iterator itself is for one thread at a time.
 *
 * <p><b>Cost.</b> A batch is two new arrays outside any workspace, which the caller may change, so
 * memory is a few batches and one int per image. A training loop with large batches does well to
 * {@code close()} each one's arrays after use: garbage collection does not see how large they are.
 * Images in memory that are not augmented are converted without a copy.
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
   * Starts from the defaults: batches of 128 with the last one smaller where the set ends, not
   * shuffled, not augmented, inputs in [0, 1], flat, one thread.
   *
   * @param images what to serve
   * @return a builder
   */
  public static Builder builder(ImageSet images) {
    return new Builder(images);
  }

  /**
   * Goes to the beginning of an epoch.
   *
   * @param epoch epoch number, from 0
   * @throws IllegalArgumentException if it is negative
   */
  public void setEpoch(int epoch) {
    setEpoch(epoch, 0);
  }

  /**
   * Goes into an epoch, so that the batches of a resumed run are those of an uninterrupted one.
   * Costs no decoding of what is passed over.
   *
   * @param epoch epoch number, from 0
   * @param batch number of the next batch in the epoch, from 0 to {@link #batchesPerEpoch()}, which
   *     is its end
   * @throws IllegalArgumentException if there is no such epoch or batch
   */
  public void setEpoch(int epoch, int batch) {
    if (batch < 0 || batch > batchesPerEpoch()) {
      throw new IllegalArgumentException(
          "an epoch has batches 0 to %d, cannot go to batch %d"
              .formatted(batchesPerEpoch() - 1, batch));
    }
    order.goTo(epoch);
    prefetcher.cancel();
    this.epoch = epoch;
    this.batch = batch;
    firstBatch = batch;
  }

  /** The present epoch, from 0. */
  public int epoch() {
    return epoch;
  }

  /** The number of the next batch in its epoch, from 0: with {@link #epoch} all that is to save. */
  public int batchInEpoch() {
    return batch;
  }

  /** The number of batches an epoch. */
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
   * @return arrays of its own
   * @throws NoSuchElementException if the epoch has ended
   * @throws DataSetException if an image cannot be had or augmented
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
   * The same as {@link #next()}: batches are prepared ahead, and {@link #setEpoch(int, int)} counts
   * them, so their size is fixed.
   *
   * @param count the batch size
   * @throws UnsupportedOperationException if it is another number
   */
  @Override
  public DataSet next(int count) {
    if (count != batchSize) {
      throw new UnsupportedOperationException(
          "batches have the fixed size %d, cannot serve one of %d: build an iterator of that size"
              .formatted(batchSize, count));
    }
    return next();
  }

  /**
   * Begins the next epoch, or changes nothing while no batch was served since the last call of this
   * method or {@link #setEpoch(int, int)} and there is one.
   */
  @Override
  public void reset() {
    if (batch > firstBatch || !hasNext()) {
      setEpoch(epoch + 1);
    }
  }

  /** Ends the threads. No batch can be had afterwards; those served stay. */
  @Override
  public void close() {
    closed = true;
    prefetcher.close();
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  /** False: batches are prepared ahead here already. */
  @Override
  public boolean asyncSupported() {
    return false;
  }

  /** The number of images a batch, the last of an epoch perhaps excepted. */
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

  /** Collects the options of an {@link BatchIterator}. */
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
      this.shuffleSeed = seed;
      return this;
    }

    /**
     * Sets what is done to each image before it is normalized, by default nothing. The step, or
     * chain of steps, must give all images one size.
     *
     * @param augmentation shared by all threads
     * @param seed any number, that of {@link #shuffle} too; with the epoch and the image's index it
     *     decides what is random
     * @return this
     */
    public Builder augment(Augmentation augmentation, long seed) {
      this.augmentation = augmentation;
      this.augmentationSeed = seed;
      return this;
    }

    /**
     * As {@link #augment(Augmentation, long)} for steps that are not random.
     *
     * @param augmentation shared by all threads
     * @return this
     */
    public Builder augment(Augmentation augmentation) {
      return augment(augmentation, 0);
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
     * Chooses the shape of the features, by default {@link ImageLayout#FLAT}.
     *
     * @param layout any
     * @return this
     */
    public Builder layout(ImageLayout layout) {
      this.layout = layout;
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
     * Sets how many threads prepare batches, by default 1. Batches do not depend on it.
     *
     * @param threads at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public Builder threads(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("at least 1 thread is needed, got " + threads);
      }
      this.threads = threads;
      return this;
    }

    /**
     * Makes the iterator, at the beginning of epoch 0. Decodes and augments the first image of the
     * set, for its size.
     *
     * @return a new iterator
     * @throws DataSetException if that image cannot be had
     * @throws IllegalArgumentException if the normalization is for another number of channels, or
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
