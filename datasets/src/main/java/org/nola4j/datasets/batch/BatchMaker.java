// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

import java.nio.FloatBuffer;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.image.Augmentation;
import org.nola4j.datasets.image.Augmentations;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.random.SplitMix64;

/**
 * Makes batches: decodes, augments, and normalizes images. Immutable and thread-safe; a batch
 * depends only on the arguments.
 */
final class BatchMaker {
  private final ImageSet images;
  private final Augmentation augmentation;
  private final long seed;
  private final float[][] tables;
  private final ImageLayout layout;
  private final int channels;
  private final int height;
  private final int width;

  /**
   * Finds the size of an input by augmenting the first image.
   *
   * @throws DataSetException if the first image cannot be read
   * @throws IllegalArgumentException if the normalization is for another number of channels
   */
  BatchMaker(
      ImageSet images,
      Augmentation augmentation,
      long seed,
      Normalization normalization,
      ImageLayout layout) {
    this.images = images;
    this.augmentation = augmentation;
    this.seed = seed;
    this.layout = layout;
    Image first = augmented(0, 0);
    channels = first.channels();
    height = first.height();
    width = first.width();
    tables = normalization.tables(channels);
  }

  int inputs() {
    return channels * height * width;
  }

  /**
   * Makes a batch of some images of an epoch.
   *
   * @param cancelled checked between images; if it returns true, the batch is abandoned
   * @return new arrays outside any workspace; null if abandoned
   * @throws DataSetException if an image cannot be read or does not have the size of the first one
   */
  @SuppressWarnings("try") // Only opened to be closed.
  DataSet make(int epoch, int[] indices, BooleanSupplier cancelled) {
    try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      Features features = new Features(indices.length);
      boolean complete = false;
      try {
        complete = fill(features, epoch, indices, cancelled);
      } finally {
        if (!complete) {
          features.discard();
        }
      }
      return complete ? new DataSet(features.array(), labels(indices)) : null;
    }
  }

  private boolean fill(Features features, int epoch, int[] indices, BooleanSupplier cancelled) {
    float[] input = new float[inputs()]; // small enough to stay in a cache
    for (int index : indices) {
      if (cancelled.getAsBoolean()) {
        return false;
      }
      read(epoch, index, input);
      features.add(input);
    }
    return true;
  }

  private INDArray labels(int[] indices) {
    int classes = images.info().classes();
    float[] labels = new float[indices.length * classes];
    for (int slot = 0; slot < indices.length; slot++) {
      labels[slot * classes + images.label(indices[slot])] = 1;
    }
    return FloatArrays.of(labels, indices.length, classes);
  }

  /** Reads the inputs of one image, in the requested layout. */
  private void read(int epoch, int index, float[] input) {
    if (augmentation == Augmentations.NONE && images instanceof LabeledImages inMemory) {
      normalize(inMemory.sharedPixels(), index * input.length, input);
      return;
    }
    Image image = augmented(epoch, index);
    if (image.channels() != channels || image.height() != height || image.width() != width) {
      throw new DataSetException(
          "%s %s: after augmentation image %d has size %s, but image 0 has %dx%dx%d;"
                  .formatted(
                      images.info().name(),
                      images.info().split(),
                      index,
                      image,
                      channels,
                      height,
                      width)
              + " add a step that makes all images the same size, such as"
              + " Augmentations.imageNetTest");
    }
    normalize(image.sharedPixels(), 0, input);
  }

  /** Converts the pixels of one image, starting at {@code from}. */
  private void normalize(byte[] pixels, int from, float[] input) {
    int plane = height * width;
    boolean interleaved = layout == ImageLayout.NHWC;
    int step = interleaved ? channels : 1;
    for (int channel = 0; channel < channels; channel++) {
      float[] table = tables[channel];
      int first = from + channel * plane;
      int to = interleaved ? channel : channel * plane;
      for (int i = 0; i < plane; i++, to += step) {
        input[to] = table[pixels[first + i] & 0xff];
      }
    }
  }

  private Image augmented(int epoch, int index) {
    return augmentation.apply(images.image(index), random(epoch, index));
  }

  /** The random numbers of an image in an epoch, as documented in {@link BatchIterator}. */
  private SplitMix64 random(int epoch, int index) {
    return SplitMix64.member(SplitMix64.member(~seed, epoch).nextLong(), index);
  }

  /** The features of an unfinished batch; on a CPU they go straight into the array's memory. */
  private final class Features {
    private final long[] shape;
    private final INDArray direct;
    private final FloatBuffer values;

    Features(int count) {
      shape = layout.shape(count, channels, height, width);
      boolean cpu = Nd4j.getEnvironment().isCPU();
      direct = cpu ? Nd4j.createUninitialized(DataType.FLOAT, shape, 'c') : null;
      values =
          cpu
              ? direct.data().asNioFloat()
              : FloatBuffer.allocate(Math.multiplyExact(count, inputs()));
    }

    void add(float[] input) {
      values.put(input);
    }

    INDArray array() {
      return direct == null ? Nd4j.create(values.array(), shape, 'c') : direct;
    }

    /** Frees the memory now: it may be large, and the garbage collector does not see it. */
    void discard() {
      if (direct != null) {
        direct.close();
      }
    }
  }
}
