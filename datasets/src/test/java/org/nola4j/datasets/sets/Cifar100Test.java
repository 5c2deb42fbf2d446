// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.datasets.format.ImageFiles.concat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.LogCapture;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.SearchPath;

class Cifar100Test {
  private static final Downloader OFFLINE =
      address -> {
        throw new IOException("no network");
      };

  @TempDir private Path folder;

  @Test
  void fineLabelsAreTakenAndPixelsFollowThem() {
    put(folder);
    ImageSplits<LabeledImages> set = load();
    assertArrayEquals(new int[] {2, 0}, set.train().labels());
    assertArrayEquals(new int[] {1}, set.test().labels());
    assertEquals(List.of("apple", "bee", "clock"), set.train().info().classNames());
    Image image = set.train().image(1);
    assertEquals(9, image.value(0, 0, 0));
    assertEquals(7, image.value(2, 31, 31));
  }

  @Test
  void theArchivesFolderIsFoundAndSubsetsAreSaid() {
    put(folder.resolve("cifar100/cifar-100-binary"));
    try (LogCapture log = new LogCapture(Cifar100.class)) {
      assertEquals(2, load().train().size());
      assertEquals(
          "cifar100 train: 2 images of 3x32x32, 3 classes; the published set has 50000",
          log.warnings().get(0));
    }
  }

  @Test
  void damageSaysWhere() {
    put(folder);
    SmallSet.put(folder, "train.bin", concat(record(1, 2, 0), record(1, 3, 0)));
    assertMessage(
        "/train.bin: expected a label from 0 to 2, found label 3 at record 1, which begins at byte"
            + " 3074; it is damaged");
    SmallSet.put(folder, "train.bin", Arrays.copyOf(record(1, 2, 0), 3073));
    assertMessage("/train.bin: expected records of 3074 bytes, at least one, found the end");
  }

  @Test
  void whereThereIsNothingTheErrorSaysWhatToPut() {
    assertMessage("cifar-100-binary.tar.gz: no network\nPut the files of the official binary");
  }

  private void assertMessage(String part) {
    String message = assertThrows(DataSetException.class, this::load).getMessage();
    assertTrue(message.contains(part), message);
  }

  private ImageSplits<LabeledImages> load() {
    SearchPath path = SmallSet.within(folder, folder);
    return ImageDataSets.load(Cifar100.NAME, new DataSource(path, OFFLINE));
  }

  private static void put(Path folder) {
    byte[] second = record(17, 0, 7);
    second[2] = 9; // red, top left
    SmallSet.put(folder, "train.bin", concat(record(4, 2, 5), second));
    SmallSet.put(folder, "test.bin", record(0, 1, 200));
    SmallSet.put(folder, "fine_label_names.txt", "apple\nbee\nclock\n".getBytes(US_ASCII));
  }

  /** A record whose pixels are all {@code value}. */
  private static byte[] record(int superclass, int label, int value) {
    byte[] bytes = new byte[3074];
    Arrays.fill(bytes, (byte) value);
    bytes[0] = (byte) superclass;
    bytes[1] = (byte) label;
    return bytes;
  }
}
