// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.image.Augmentation;
import org.nola4j.datasets.image.Augmentations;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.random.EpochOrder;
import org.nola4j.datasets.synthetic.SyntheticShapes;

class BatchIteratorOnImagesTest {
  private static final LabeledImages SHAPES = new SyntheticShapes(1, 100, 1).generate().train();

  @Test
  void batchesDoNotDependOnTheNumberOfThreads() {
    List<List<Integer>> expected = hashes(3, 1);
    assertEquals(expected, hashes(3, 3));
    assertEquals(expected.size(), expected.stream().distinct().count());
  }

  @Test
  void resumingInTheMiddleOfAnEpochGoesOnBitForBit() {
    List<List<Integer>> all = hashes(3, 1);
    try (BatchIterator resumed = training(3)) {
      int perEpoch = resumed.batchesPerEpoch();
      assertEquals(7, perEpoch);
      resumed.next(); // leaves batches behind that must not be served
      for (int epoch = 2; epoch >= 0; epoch--) {
        for (int batch = 0; batch <= perEpoch; batch++) {
          resumed.setEpoch(epoch, batch);
          assertEquals(batch, resumed.batchInEpoch());
          List<List<Integer>> rest = new ArrayList<>();
          resumed.forEachRemaining(served -> rest.add(hash(served)));
          int from = epoch * perEpoch;
          assertEquals(all.subList(from + batch, from + perEpoch), rest);
        }
      }
    }
  }

  @Test
  void augmentationDependsOnSeedEpochAndImageOnly() {
    // Without shuffling and with another batch size, image 5 looks the same in the same epoch.
    INDArray shuffled = null;
    try (BatchIterator iterator = training(2)) {
      EpochOrder order = EpochOrder.shuffled(100, 7);
      order.goTo(4);
      iterator.setEpoch(4);
      for (int place = 0; place < 100; ) {
        INDArray features = iterator.next().getFeatures();
        for (int slot = 0; slot < features.size(0); slot++, place++) {
          shuffled = order.image(place) == 5 ? features.get(rows(slot)) : shuffled;
        }
      }
    }
    try (BatchIterator iterator =
        BatchIterator.builder(SHAPES)
            .batchSize(6)
            .augment(Augmentations.cifar10(), 9)
            .normalization(Normalization.CIFAR10)
            .layout(ImageLayout.NHWC)
            .build()) {
      iterator.setEpoch(4);
      assertEquals(shuffled, iterator.next().getFeatures().get(rows(5)));
      iterator.setEpoch(5);
      assertNotEquals(shuffled, iterator.next().getFeatures().get(rows(5)));
    }
  }

  @Test
  void seedsMatter() {
    try (BatchIterator a = training(1);
        BatchIterator b =
            BatchIterator.builder(SHAPES)
                .batchSize(16)
                .shuffle(7)
                .augment(Augmentations.cifar10(), 10)
                .normalization(Normalization.CIFAR10)
                .layout(ImageLayout.NHWC)
                .build()) {
      DataSet first = a.next();
      DataSet second = b.next();
      assertEquals(first.getLabels(), second.getLabels());
      assertNotEquals(first.getFeatures(), second.getFeatures());
    }
  }

  /** Golden: recorded runs depend on every bit of their batches. */
  @ParameterizedTest
  @CsvSource({
    "FLAT, false, -172481574", "FLAT, true, -338742095",
    "NCHW, false, -172481574", "NCHW, true, -338742095",
    "NHWC, false, -691856950", "NHWC, true, -1881973007",
  })
  void bitsOfTwoEpochs(ImageLayout layout, boolean augmented, int expected) {
    int hash = 0;
    try (BatchIterator iterator =
        BatchIterator.builder(SHAPES)
            .batchSize(16)
            .shuffle(7)
            .augment(augmented ? Augmentations.cifar10() : Augmentations.NONE, 9)
            .normalization(Normalization.CIFAR10)
            .layout(layout)
            .build()) {
      for (int epoch = 0; epoch < 2; epoch++, iterator.reset()) {
        while (iterator.hasNext()) {
          hash = 31 * hash + hash(iterator.next()).hashCode();
        }
      }
    }
    assertEquals(expected, hash);
  }

  @Test
  void imagesInMemoryAreServedAsThoseDecoded() {
    ImageSet decoded = decoding(() -> {});
    for (ImageLayout layout : ImageLayout.values()) {
      try (BatchIterator direct = BatchIterator.builder(SHAPES).layout(layout).build();
          BatchIterator indirect = BatchIterator.builder(decoded).layout(layout).build()) {
        assertEquals(direct.next(), indirect.next());
      }
    }
  }

  @Test
  void channelsAreLastAndNormalized() {
    try (BatchIterator iterator =
        BatchIterator.builder(SHAPES)
            .normalization(Normalization.CIFAR10)
            .layout(ImageLayout.NHWC)
            .build()) {
      INDArray features = iterator.next().getFeatures();
      assertEquals(DataType.FLOAT, features.dataType());
      assertArrayEquals(new long[] {100, 32, 32, 3}, features.shape());
      Image image = SHAPES.image(42);
      double red = (image.value(0, 3, 30) / 255.0 - 0.4914) / 0.2023;
      double blue = (image.value(2, 3, 30) / 255.0 - 0.4465) / 0.2010;
      assertEquals(red, features.getDouble(42, 3, 30, 0), 1e-5);
      assertEquals(blue, features.getDouble(42, 3, 30, 2), 1e-5);
    }
  }

  @Test
  void batchesDoNotShareMemory() {
    try (BatchIterator iterator = training(1)) {
      DataSet first = iterator.next();
      List<Integer> before = hash(first);
      iterator.forEachRemaining(batch -> batch.getFeatures().assign(9));
      assertEquals(before, hash(first));
    }
  }

  @Test
  void batchesArePreparedAheadButNotFarAhead() throws InterruptedException {
    AtomicInteger decoded = new AtomicInteger();
    ImageSet counting = decoding(() -> decoded.incrementAndGet());
    try (BatchIterator iterator = BatchIterator.builder(counting).batchSize(5).build()) {
      assertEquals(1, decoded.get()); // for the size
      iterator.next();
      int expected = 1 + 5 * 4; // the one served and three more
      for (int i = 0; i < 500 && decoded.get() < expected; i++) {
        Thread.sleep(10);
      }
      Thread.sleep(50);
      assertEquals(expected, decoded.get());
    }
  }

  @Test
  void failureInAThreadReachesTheCallerAndMayBeRetried() {
    AtomicInteger calls = new AtomicInteger();
    IllegalStateException fault = new IllegalStateException("disk on fire");
    ImageSet failing =
        decoding(
            () -> {
              if (calls.incrementAndGet() == 10) {
                throw fault;
              }
            });
    try (BatchIterator iterator = BatchIterator.builder(failing).batchSize(5).build()) {
      DataSet first = iterator.next();
      DataSetException e = assertThrows(DataSetException.class, iterator::next);
      assertEquals(
          "synthetic-shapes train: batch 1 of epoch 0 could not be made:"
              + " java.lang.IllegalStateException: disk on fire",
          e.getMessage());
      assertSame(fault, e.getCause());
      assertEquals(5, iterator.next().numExamples());
      assertEquals(2, iterator.batchInEpoch());
      iterator.setEpoch(0);
      assertEquals(hash(first), hash(iterator.next()));
    }
  }

  @Test
  void imagesOfOtherSizesAreAnError() {
    Augmentation growing = // of 32x32 images those whose first pixel is odd
        (image, random) -> image.value(0, 0, 0) % 2 == 0 ? image : image.crop(0, 0, 33, 32);
    try (BatchIterator iterator = BatchIterator.builder(SHAPES).augment(growing).build()) {
      String message = assertThrows(DataSetException.class, iterator::next).getMessage();
      assertTrue(message.contains("add a step that makes all images the same size"), message);
    }
  }

  @Test
  void closingFreesTheThreads() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(3);
    AtomicInteger calls = new AtomicInteger();
    List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    ImageSet slow =
        decoding(
            () -> {
              if (calls.incrementAndGet() > 1) {
                threads.add(Thread.currentThread());
                started.countDown();
              }
            });
    BatchIterator iterator = BatchIterator.builder(slow).batchSize(2).threads(3).build();
    iterator.next();
    assertTrue(started.await(10, TimeUnit.SECONDS));
    assertTrue(threads.stream().allMatch(Thread::isDaemon));
    iterator.close();
    for (Thread thread : threads) {
      thread.join(10_000);
      assertFalse(thread.isAlive());
    }
    assertEquals(
        "the iterator is closed",
        assertThrows(IllegalStateException.class, iterator::next).getMessage());
    iterator.close();
  }

  @Test
  void waitingCanBeInterrupted() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    ImageSet stuck =
        decoding(
            () -> {
              if (calls.incrementAndGet() > 1) {
                never.await(30, TimeUnit.SECONDS);
              }
            });
    try (BatchIterator iterator = BatchIterator.builder(stuck).build()) {
      Thread.currentThread().interrupt();
      DataSetException e = assertThrows(DataSetException.class, iterator::next);
      assertTrue(Thread.interrupted());
      assertEquals("interrupted while waiting for a batch", e.getMessage());
      never.countDown();
      assertEquals(100, iterator.next().numExamples());
    }
  }

  @Test
  void resetMovesOnOnlyAfterABatchOrAtTheEnd() {
    try (BatchIterator iterator = training(1)) {
      iterator.reset();
      assertEquals(0, iterator.epoch());
      iterator.setEpoch(3, 5);
      iterator.reset();
      assertEquals(List.of(3, 5), List.of(iterator.epoch(), iterator.batchInEpoch()));
      iterator.next();
      iterator.reset();
      assertEquals(List.of(4, 0), List.of(iterator.epoch(), iterator.batchInEpoch()));
      iterator.setEpoch(5, iterator.batchesPerEpoch());
      assertFalse(iterator.hasNext());
      Exception e = assertThrows(NoSuchElementException.class, iterator::next);
      assertEquals("epoch 5 has ended: call reset()", e.getMessage());
      iterator.reset();
      assertEquals(List.of(6, 0), List.of(iterator.epoch(), iterator.batchInEpoch()));
    }
  }

  @Test
  void lastBatchIsSmallerOrLeftOut() {
    for (boolean keep : new boolean[] {true, false}) {
      try (BatchIterator iterator =
          BatchIterator.builder(SHAPES).batchSize(40).keepLast(keep).build()) {
        List<Integer> sizes = new ArrayList<>();
        iterator.forEachRemaining(batch -> sizes.add(batch.numExamples()));
        assertEquals(keep ? List.of(40, 40, 20) : List.of(40, 40), sizes);
        assertEquals(sizes.size(), iterator.batchesPerEpoch());
      }
    }
  }

  @Test
  void eachCallOfFitIsOneEpochAndPreProcessorsAreHeeded() {
    AtomicInteger processed = new AtomicInteger();
    try (BatchIterator iterator = training(2)) {
      iterator.setPreProcessor(
          batch -> {
            processed.incrementAndGet();
            DataSet images = (DataSet) batch;
            images.setFeatures(images.getFeatures().reshape(images.numExamples(), -1));
          });
      MultiLayerNetwork network =
          new MultiLayerNetwork(
              new NeuralNetConfiguration.Builder()
                  .list()
                  .layer(
                      new OutputLayer.Builder(LossFunction.MCXENT)
                          .nIn(iterator.inputColumns())
                          .nOut(iterator.totalOutcomes())
                          .activation(Activation.SOFTMAX)
                          .build())
                  .build());
      network.init();
      for (int epoch = 0; epoch < 3; epoch++) {
        network.fit(iterator);
        assertEquals(epoch, iterator.epoch());
      }
      assertEquals(3 * iterator.batchesPerEpoch(), network.getIterationCount());
      assertEquals(3 * iterator.batchesPerEpoch(), processed.get());
    }
  }

  @Test
  void tellsDl4jWhatItServes() {
    try (BatchIterator iterator =
        BatchIterator.builder(SHAPES)
            .batchSize(2)
            .augment(Augmentations.imageNetTest(16))
            .build()) {
      assertEquals(2, iterator.batch());
      assertEquals(3 * 16 * 16, iterator.inputColumns());
      assertEquals(10, iterator.totalOutcomes());
      assertEquals("disc", iterator.getLabels().get(0));
      assertTrue(iterator.resetSupported() && !iterator.asyncSupported());
    }
  }

  @Test
  void badOptionsAreRefused() {
    BatchIterator.Builder builder = BatchIterator.builder(SHAPES);
    assertMessage("a batch needs at least 1 image, got 0", () -> builder.batchSize(0));
    assertMessage("need at least 1 thread, got 0", () -> builder.threads(0));
    assertMessage("the epoch must be at least 0, got -1", () -> builder.build().setEpoch(-1));
    assertMessage(
        "an epoch has batches 0 to 0, but batch 2 was requested",
        () -> builder.build().setEpoch(0, 2));
    assertMessage(
        "synthetic-shapes train: 100 images of 3x32x32, 10 classes (stand-in) has no full batch",
        () -> builder.batchSize(101).keepLast(false).build());
  }

  private static BatchIterator training(int threads) {
    return BatchIterator.builder(SHAPES)
        .batchSize(16)
        .shuffle(7)
        .augment(Augmentations.cifar10(), 9)
        .normalization(Normalization.CIFAR10)
        .layout(ImageLayout.NHWC)
        .threads(threads)
        .build();
  }

  /** The batches of the first epochs, to the last bit. */
  private static List<List<Integer>> hashes(int epochs, int threads) {
    List<List<Integer>> hashes = new ArrayList<>();
    try (BatchIterator iterator = training(threads)) {
      for (int epoch = 0; epoch < epochs; epoch++, iterator.reset()) {
        iterator.forEachRemaining(batch -> hashes.add(hash(batch)));
      }
    }
    return hashes;
  }

  private static List<Integer> hash(DataSet batch) {
    return List.of(
        Arrays.hashCode(batch.getFeatures().dup('c').data().asFloat()),
        Arrays.hashCode(batch.getLabels().dup('c').data().asFloat()));
  }

  private static INDArrayIndex rows(int row) {
    return NDArrayIndex.interval(row, row + 1);
  }

  /** What happens when an image is decoded. */
  private interface Event {
    void happen() throws InterruptedException;
  }

  /** The shapes, with something happening at each decoding. */
  private static ImageSet decoding(Event event) {
    return new ImageSet() {
      @Override
      public ImageSetInfo info() {
        return SHAPES.info();
      }

      @Override
      public int size() {
        return SHAPES.size();
      }

      @Override
      public int label(int image) {
        return SHAPES.label(image);
      }

      @Override
      public Image image(int image) {
        try {
          event.happen();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return SHAPES.image(image);
      }

      @Override
      public void digest(int image, MessageDigest digest) {
        SHAPES.digest(image, digest);
      }

      @Override
      public ImageSet select(int... images) {
        return SHAPES.select(images);
      }

      @Override
      public ImageSet classes(int first, int last) {
        return SHAPES.classes(first, last);
      }
    };
  }

  private static void assertMessage(String expected, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.startsWith(expected), message);
  }
}
