// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.LogCapture;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.SearchPath;

class ImageDataSetsTest {
  private static final Downloader OFFLINE =
      address -> {
        throw new IOException("no network");
      };

  @TempDir private Path folder;

  @Test
  void filesBecomeImages() {
    try (LogCapture log = new LogCapture(PublishedSetReader.class)) {
      ImageSplits<LabeledImages> set = read(SmallSet.putInto(folder));
      assertEquals("small train: 3 images of 1x2x2, 3 classes", set.train().toString());
      assertArrayEquals(new byte[] {4, 5, 6, 7}, set.train().pixels(1));
      assertArrayEquals(new int[] {2, 0, 1}, set.train().labels());
      assertEquals("small test: 2 images of 1x2x2, 3 classes", set.test().toString());
      assertFalse(set.standIn());
      assertEquals(List.of(), log.warnings());
    }
  }

  @Test
  void otherContentsAreReadWithAWarning() {
    SmallSet.putInto(folder);
    Path labels = putLabels(0, 0, 0);
    try (LogCapture log = new LogCapture(PublishedSetReader.class)) {
      assertArrayEquals(new int[3], read(folder).train().labels());
      assertEquals(1, log.warnings().size());
      String warning = log.warnings().get(0);
      assertTrue(
          warning.startsWith(
              labels + " is not the published file of small: its contents have SHA-256 "),
          warning);
    }
  }

  @Test
  void filesThatDoNotBelongTogetherAreRefused() {
    SmallSet.putInto(folder);
    assertMessage(
        putLabels(0, 1)
            + ": expected 3 labels, one per image, found shape [2];"
            + " put the files of one set into the folder");
    assertMessage(
        putLabels(0, 1, 3) + ": expected labels from 0 to 2, found label 3 at index 2; put");
    Path images =
        SmallSet.put(
            folder, SmallSet.TRAIN_IMAGES + ".gz", SmallSet.CONTENTS.get(SmallSet.TRAIN_LABELS));
    assertMessage(images + ": expected images, shape [count, rows, columns], found shape [3]; put");
    SmallSet.put(folder, SmallSet.TRAIN_IMAGES + ".gz", IdxWriter.header(0x08, 0, 2, 2));
    assertMessage(
        images + ": expected images, shape [count, rows, columns], found shape [0, 2, 2]; put");
  }

  @Test
  void unknownNameListsTheKnownOnes() {
    DataSource source = offline();
    String message =
        assertThrows(DataSetException.class, () -> ImageDataSets.load("imagenet", source))
            .getMessage();
    assertEquals(
        "unknown data set 'imagenet'; available: mnist, fashion-mnist, cifar10,"
            + " cifar100, tiny-imagenet-100, imagenet100, cub200, aircraft, food101, pets, sun397,"
            + " caltech101, mnist-10k, synthetic-digits, synthetic-shapes",
        message);
  }

  @ParameterizedTest
  @CsvSource({
    "mnist, 'mnist-10k, a subset that comes with the library and needs no files.'",
    "fashion-mnist, 'the generated data set synthetic-digits, which needs no files.'",
    "cifar10, 'the generated data set synthetic-shapes, which needs no files.'",
  })
  void whatIsNotAvailableHasAnAlternative(String name, String alternative) {
    DataSource source = offline();
    String message =
        assertThrows(DataSetException.class, () -> ImageDataSets.load(name, source)).getMessage();
    assertTrue(message.endsWith("; or use " + alternative), message);
  }

  @Test
  void classesAreKnownWithoutFiles() {
    List<Integer> classes = ImageDataSets.names().stream().map(ImageDataSets::classes).toList();
    assertEquals(
        List.of(10, 10, 10, 100, 100, 100, 200, 100, 101, 37, 397, 101, 10, 10, 10), classes);
    String message =
        assertThrows(DataSetException.class, () -> ImageDataSets.classes("cifar")).getMessage();
    assertTrue(message.startsWith("unknown data set 'cifar'; available: "), message);
  }

  @Test
  void standInNeedsNoFiles() {
    ImageSplits<LabeledImages> set = ImageDataSets.load("synthetic-digits", offline());
    assertTrue(set.standIn());
    assertEquals(12_000, set.train().size());
    assertEquals(2_000, set.test().size());
  }

  @ParameterizedTest
  @CsvSource({"mnist,5 0 4 1 9,7 2 1 0 4", "fashion-mnist,9 0 0 3 0,9 2 1 1 6"})
  void publishedSetsAreReadWhereTheyAre(String name, String train, String test) {
    Path files = sharedData(name);
    try (LogCapture log = new LogCapture(PublishedSetReader.class)) {
      ImageSplits<LabeledImages> set = ImageDataSets.load(name, source(files));
      assertEquals(name + " train: 60000 images of 1x28x28, 10 classes", set.train().toString());
      assertEquals(name + " test: 10000 images of 1x28x28, 10 classes", set.test().toString());
      assertEquals(train, firstLabels(set.train()));
      assertEquals(test, firstLabels(set.test()));
      assertEquals(List.of(), log.warnings());
    }
  }

  @Test
  void oneSetCannotPassForAnother() {
    DataSource source = source(sharedData("mnist"));
    String message =
        assertThrows(DataSetException.class, () -> ImageDataSets.load("fashion-mnist", source))
            .getMessage();
    assertTrue(
        message.endsWith(
            "train-images-idx3-ubyte.gz: expected a file of fashion-mnist, found a file of"
                + " mnist; give each set a folder with its own name"),
        message);
  }

  private static Path sharedData(String name) {
    List<Path> places =
        new SearchPath(Optional.empty(), Optional.of(SharedData.folder()), Path.of("no-home"))
            .folders(name);
    Optional<Path> found =
        places.stream()
            .filter(
                place ->
                    new IdxSet(PublishedSet.MNIST).lackingIn(place).isEmpty()) // names are the same
            .findFirst();
    assumeTrue(found.isPresent(), () -> name + " is in none of " + places);
    return found.get();
  }

  private static String firstLabels(LabeledImages images) {
    return Arrays.stream(images.labels(), 0, 5)
        .mapToObj(Integer::toString)
        .reduce((a, b) -> a + " " + b)
        .orElseThrow();
  }

  private ImageSplits<LabeledImages> read(Path files) {
    return new PublishedSetReader(SmallSet.at(), files).read();
  }

  private void assertMessage(String expected) {
    String message = assertThrows(DataSetException.class, () -> read(folder)).getMessage();
    assertTrue(message.startsWith(expected), message);
  }

  private Path putLabels(int... labels) {
    byte[] data = new byte[labels.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) labels[i];
    }
    byte[] file = IdxWriter.idx(new int[] {data.length}, data);
    return SmallSet.put(folder, SmallSet.TRAIN_LABELS + ".gz", IdxWriter.gzip(file));
  }

  private DataSource offline() {
    return source(folder);
  }

  private DataSource source(Path files) {
    return new DataSource(SmallSet.within(files, folder), OFFLINE);
  }
}
