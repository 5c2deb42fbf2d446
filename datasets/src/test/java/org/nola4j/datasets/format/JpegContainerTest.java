// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.datasets.format.ImageFiles.concat;
import static org.nola4j.datasets.format.ImageFiles.jpeg;
import static org.nola4j.datasets.format.ImageFiles.plain;
import static org.nola4j.datasets.format.ImageFiles.record;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.LogCapture;
import org.nola4j.datasets.sets.SmallSet;

class JpegContainerTest {
  private static final ImageSetInfo INFO = new ImageSetInfo("tiny", "train", 3, 8, 8, 3, false);
  private static final byte[] RED = jpeg(plain(8, 8, 0xff0000));
  private static final byte[] BLUE = jpeg(plain(8, 8, 0x0000ff));
  private static final byte[] TWO = concat(record(2, RED), record(1, BLUE));

  @TempDir private Path folder;

  @Test
  void imagesComeInOrderOfFilesAndRecords() {
    Path first = SmallSet.put(folder, "0.jpegs.gz", IdxWriter.gzip(TWO));
    Path second = SmallSet.put(folder, "1.jpegs", record(0, BLUE));
    LabeledImages images = new JpegSetReader(INFO).read(List.of(first, second));
    assertArrayEquals(new int[] {2, 1, 0}, images.labels());
    assertTrue(images.image(0).value(0, 4, 4) > 250 && images.image(0).value(2, 4, 4) < 5);
    assertTrue(images.image(1).value(0, 4, 4) < 5 && images.image(1).value(2, 4, 4) > 250);
    assertEquals(images.image(1), images.image(2));
  }

  @Test
  void everyTruncationInARecordSaysWhere() {
    int second = 3 + RED.length;
    for (int length = second + 1; length < TWO.length; length++) {
      assertMessage(
          "expected a complete record, found the end of the file in it at record 1, which begins"
              + " at byte %d of the uncompressed contents; it is damaged: copy".formatted(second),
          Arrays.copyOf(TWO, length));
    }
    byte[] gzipped = IdxWriter.gzip(TWO);
    assertMessage("expected a complete record, ", Arrays.copyOf(gzipped, gzipped.length - 9));
  }

  @Test
  void wrongLabelSaysWhere() {
    assertMessage(
        "expected a label from 0 to 2, found label 3 at record 2, which begins at byte %d of"
            .formatted(TWO.length),
        concat(TWO, record(3, RED)));
  }

  @Test
  void emptyAndDamagedFilesAreRefused() {
    assertMessage("expected at least one record, found an empty file", new byte[0]);
    byte[] gzipped = IdxWriter.gzip(TWO);
    gzipped[gzipped.length - 6] ^= 1; // the checksum
    assertMessage("expected an intact gzip stream, found a damaged one (Corrupt GZIP", gzipped);
    Path missing = folder.resolve("missing");
    String message =
        assertThrows(DataSetException.class, () -> JpegContainer.read(missing, 3)).getMessage();
    assertTrue(message.startsWith(missing + ": cannot be read: "), message);
  }

  /** In memory, they would take thirty times their size. */
  @Test
  void recordsOfAFewBytesAreNoImages() {
    String least = "expected JPEG files of at least 100 bytes, found ";
    assertMessage(least + "an empty one at record 2", concat(TWO, record(1, new byte[0])));
    byte[] many = new byte[4 * 2000];
    for (int i = 0; i < many.length; i += 4) {
      many[i + 2] = 1; // the length of a record
    }
    assertMessage(least + "shorter ones only at record 10", many);
  }

  @Test
  void corruptImagesAreNamedAndLeftOut() {
    byte[] cut = Arrays.copyOf(RED, RED.length / 2);
    byte[] large = jpeg(plain(9, 8, 0));
    Path file =
        SmallSet.put(
            folder,
            "0.jpegs",
            concat(record(0, RED), record(1, cut), record(1, large), record(2, BLUE)));
    try (LogCapture log = new LogCapture(CorruptImages.class)) {
      LabeledImages images = new JpegSetReader(INFO).read(List.of(file));
      assertArrayEquals(new int[] {0, 2}, images.labels());
      assertTrue(images.image(1).value(2, 4, 4) > 250);
      assertEquals(2, log.warnings().size());
      assertTrue(
          log.warnings()
              .get(0)
              .startsWith("tiny train: skipping corrupt image %s, record 1:".formatted(file)),
          log.warnings().get(0));
      assertTrue(
          log.warnings().get(1).endsWith(" it has 9x8 pixels, expected 8x8"),
          log.warnings().get(1));
    }
  }

  @Test
  void tooManyCorruptImagesAreAnError() {
    byte[] some = TWO;
    for (int i = 0; i < 11; i++) {
      some = concat(some, record(1, new byte[] {1, 2, 3}));
    }
    Path file = SmallSet.put(folder, "0.jpegs", some);
    String message =
        assertThrows(DataSetException.class, () -> new JpegSetReader(INFO).read(List.of(file)))
            .getMessage();
    String expected =
        "tiny train: more than 10 of 13 images are corrupt; copy or download the set again. The"
            + " first ones:"
            + String.join(
                "",
                IntStream.range(2, 7)
                    .mapToObj(
                        i ->
                            "\n  %s, record %d: it is not a JPEG, PNG, GIF, or BMP file"
                                .formatted(file, i))
                    .toList());
    assertEquals(expected, message);
  }

  @Test
  void aSetWithoutIntactImagesIsAnError() {
    Path file = SmallSet.put(folder, "0.jpegs", record(1, new byte[] {1, 2, 3}));
    String message =
        assertThrows(DataSetException.class, () -> new JpegSetReader(INFO).read(List.of(file)))
            .getMessage();
    assertEquals("tiny train: all 1 images are corrupt; copy or download the set again", message);
  }

  private void assertMessage(String expected, byte[] bytes) {
    Path file = SmallSet.put(folder, "file", bytes);
    String message =
        assertThrows(DataSetException.class, () -> JpegContainer.read(file, 3)).getMessage();
    assertTrue(message.startsWith(file + ": " + expected), message);
  }
}
