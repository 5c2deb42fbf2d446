// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.nola4j.datasets.format.ImageFiles.cifar;
import static org.nola4j.datasets.format.ImageFiles.concat;
import static org.nola4j.datasets.format.ImageFiles.jpeg;
import static org.nola4j.datasets.format.ImageFiles.plain;
import static org.nola4j.datasets.format.ImageFiles.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.LogCapture;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.format.JpegSetReader;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.SearchPath;

class Cifar10Test {
  private static final Downloader OFFLINE =
      address -> {
        throw new IOException("no network");
      };

  @TempDir private Path folder;

  @Test
  void binaryFilesAreReadInOrder() {
    putBinary(folder);
    ImageSplits<LabeledImages> set = load();
    assertArrayEquals(new int[] {0, 9, 1, 9, 2, 9, 3, 9, 4, 9}, set.train().labels());
    assertEquals(13, set.train().image(6).value(2, 31, 31));
    assertEquals(200, set.test().image(0).value(0, 0, 0));
    assertEquals("3x32x32", set.test().image(0).toString());
    assertEquals("", set.note());
    assertFalse(set.standIn());
    assertEquals("horse", set.train().info().classNames().get(7));
  }

  @Test
  void planesAreRedGreenBlue() {
    putBinary(folder);
    byte[] bytes = cifar(5, 0);
    bytes[1] = 1; // red, top left
    bytes[1 + 1024 + 33] = 2; // green, second row and column
    bytes[3072] = 3; // blue, bottom right
    SmallSet.put(folder, Cifar10.TEST_FILE, bytes);
    Image image = load().test().image(0);
    assertEquals(1, image.value(0, 0, 0));
    assertEquals(2, image.value(1, 1, 1));
    assertEquals(3, image.value(2, 31, 31));
  }

  @Test
  void theArchivesFolderIsFoundAndSubsetsAreSaid() {
    putBinary(folder.resolve("cifar10").resolve("cifar-10-batches-bin"));
    try (LogCapture log = new LogCapture(Cifar10.class)) {
      assertEquals(10, load().train().size());
      assertEquals(
          List.of(
              "cifar10 train: 10 images of 3x32x32, 10 classes; the published set has 50000",
              "cifar10 test: 1 images of 3x32x32, 10 classes; the published set has 10000"),
          log.warnings());
    }
  }

  @Test
  void jpegsSayThatTheyAreLossy() {
    putJpegs();
    try (LogCapture log = new LogCapture(Cifar10.class)) {
      ImageSplits<LabeledImages> set = load();
      assertArrayEquals(new int[] {3}, set.train().labels());
      assertEquals("decoded from JPEG files of quality 75, a lossy copy of CIFAR-10", set.note());
      assertFalse(set.standIn());
      assertTrue(log.warnings().get(0).contains("a lossy copy of CIFAR-10: results differ"));
      assertTrue(set.train().toString().endsWith(" (" + set.note() + ")"), set.train().toString());
    }
  }

  @Test
  void binaryFilesArePreferredOnlyIfComplete() throws IOException {
    putJpegs();
    putBinary(folder);
    assertEquals("", load().note());
    Files.delete(folder.resolve("data_batch_3.bin"));
    assertEquals(Cifar10.JPEG_NOTE, load().note());
  }

  @Test
  void damagedBinaryFilesSayWhere() {
    putBinary(folder);
    byte[] two = concat(cifar(1, 1), cifar(2, 2));
    assertMessage(
        "expected records of 3073 bytes, at least one, found the end, byte 6145, in record 1, which"
            + " begins at byte 3073; it is damaged: copy or download the file again",
        Arrays.copyOf(two, two.length - 1));
    assertMessage("expected records of 3073 bytes, at least one, found the end", new byte[0]);
    assertMessage(
        "expected a label from 0 to 9, found label 10 at record 2, which begins at byte 6146;",
        concat(two, cifar(10, 0)));
    byte[] gzipped = IdxWriter.gzip(two);
    assertMessage("expected an intact gzip stream", Arrays.copyOf(gzipped, gzipped.length - 9));
  }

  @Test
  void whereThereIsNothingTheErrorSaysWhatToPutWhere() {
    String message = assertThrows(DataSetException.class, this::load).getMessage();
    assertTrue(message.contains("cifar-10-binary.tar.gz: no network\nPut the files of"), message);
    assertTrue(
        message.contains(
            "\n  data_batch_5.bin\n  test_batch.bin\nor, in lower quality, the files\n"
                + "  train.jpegs.gz\n  test.jpegs.gz\ninto "),
        message);
    assertTrue(message.contains("or use the generated data set synthetic-shapes"), message);
  }

  /** The copy in shared data has all classes complete; its mean pixel is that of CIFAR-10. */
  @Test
  void realTestImagesAreWhatTheyShouldBe() {
    List<Path> places =
        new SearchPath(Optional.empty(), Optional.of(SharedData.folder()), Path.of("no-home"))
            .folders(Cifar10.NAME);
    Optional<Path> file =
        places.stream()
            .flatMap(place -> DataFile.in(place, Cifar10.TEST_JPEGS).stream())
            .findFirst();
    assumeTrue(file.isPresent(), () -> Cifar10.TEST_JPEGS + " is in none of " + places);
    ImageSetInfo info = new ImageSetInfo(Cifar10.NAME, "test", 3, 32, 32, 10, false);
    LabeledImages images = new JpegSetReader(info).read(List.of(file.get()));
    assertEquals(10_000, images.size());
    int[] counts = new int[10];
    double[] sums = new double[3];
    for (int i = 0; i < images.size(); i++) {
      counts[images.label(i)]++;
      byte[] pixels = images.pixels(i);
      for (int p = 0; p < pixels.length; p++) {
        sums[p / 1024] += pixels[p] & 0xff;
      }
    }
    int[] balanced = new int[10];
    Arrays.fill(balanced, 1000);
    assertArrayEquals(balanced, counts);
    double[] published = {126.02, 123.71, 114.85}; // of the lossless test images
    for (int c = 0; c < 3; c++) {
      assertEquals(published[c], sums[c] / (images.size() * 1024L), 0.3);
    }
  }

  private void assertMessage(String expected, byte[] bytes) {
    Path file = SmallSet.put(folder, "data_batch_2.bin", bytes);
    String message = assertThrows(DataSetException.class, this::load).getMessage();
    assertTrue(message.startsWith(file + ": " + expected), message);
  }

  private ImageSplits<LabeledImages> load() {
    SearchPath path = SmallSet.within(folder, folder);
    return ImageDataSets.load(Cifar10.NAME, new DataSource(path, OFFLINE));
  }

  /** File i of the five has a record of label i - 1 and pixels 10 + i - 1, and one of label 9. */
  private static void putBinary(Path folder) {
    for (int i = 0; i < 5; i++) {
      SmallSet.put(folder, Cifar10.TRAIN_FILES.get(i), concat(cifar(i, 10 + i), cifar(9, 0)));
    }
    SmallSet.put(folder, Cifar10.TEST_FILE, cifar(1, 200));
  }

  private void putJpegs() {
    byte[] gray = jpeg(plain(32, 32, 0x808080));
    SmallSet.put(folder, "train.jpegs.gz", IdxWriter.gzip(record(3, gray)));
    SmallSet.put(folder, "test.jpegs.gz", IdxWriter.gzip(record(4, gray)));
  }
}
