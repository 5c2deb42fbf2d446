// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.datasets.format.ImageFiles.jpeg;
import static org.nola4j.datasets.format.ImageFiles.plain;
import static org.nola4j.datasets.format.ImageFiles.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.SearchPath;

class TinyImageNet100Test {
  @TempDir private Path folder;

  @BeforeEach
  void putFiles() {
    byte[] image = jpeg(plain(64, 64, 0x808080));
    for (int i = 0; i < 5; i++) {
      SmallSet.put(folder, "train-%d.jpegs.gz".formatted(i), IdxWriter.gzip(record(i % 2, image)));
    }
    SmallSet.put(folder, "val.jpegs.gz", IdxWriter.gzip(record(1, image)));
    putClasses("0\tn01443537\tgoldfish, Carassius auratus\n1\tn01641577\tbullfrog\n");
  }

  @Test
  void containersAndClassesAreRead() {
    ImageSplits<LabeledImages> set = load();
    assertArrayEquals(new int[] {0, 1, 0, 1, 0}, set.train().labels());
    assertEquals("tiny-imagenet-100 test: 1 images of 3x64x64, 2 classes", set.test().toString());
    assertEquals(
        List.of("goldfish, Carassius auratus", "bullfrog"), set.train().info().classNames());
  }

  @Test
  void malformedClassesAreRefused() {
    Path file = putClasses("0\tn01443537\tgoldfish\n2\tn01641577\tbullfrog\n");
    assertMessage(
        file
            + ": expected label 1, WordNet ID, and words, separated by tabs, in line 2,"
            + " found '2\tn01641577\tbullfrog'; copy");
    putClasses("");
    assertMessage(file + ": expected one class per line, found none; copy the file again");
    putClasses("0\tn01443537\tgoldfish\n");
    assertMessage(folder.resolve("train-1.jpegs.gz") + ": expected a label from 0 to 0, found");
  }

  @Test
  void thePublishedFolderIsReadEverySecondClass() throws IOException {
    Path published = putPublished(folder.resolve("unpacked"));
    ImageSplits<LabeledImages> set = load(folder.resolve("unpacked"));
    assertEquals(List.of("goldfish, Carassius auratus", "n03"), set.train().info().classNames());
    assertArrayEquals(new int[] {0, 1, 0, 0}, set.train().labels());
    assertEquals(
        List.of(9, 30, 10, 100),
        IntStream.range(0, 4).map(i -> set.train().image(i).value(0, 1, 1)).boxed().toList());
    assertArrayEquals(new int[] {0, 1}, set.test().labels());
    assertEquals(200, set.test().image(1).value(0, 1, 1));

    Files.delete(published.resolve("words.txt"));
    String message =
        assertThrows(DataSetException.class, () -> load(folder.resolve("unpacked"))).getMessage();
    assertTrue(message.contains(": missing tiny-imagenet-200/words.txt\n"), message);
    assertTrue(
        message.contains("Unpack http://cs231n.stanford.edu/tiny-imagenet-200.zip\n"), message);
  }

  /** Three classes, of which the middle one is no part of the set; images of a gray each. */
  private static Path putPublished(Path folder) {
    Path root = folder.resolve("tiny-imagenet-200");
    SmallSet.put(root, "wnids.txt", "n03\nn01\nn02\n".getBytes(UTF_8));
    SmallSet.put(root, "words.txt", "n02\tdog\nn01\tgoldfish, Carassius auratus\n".getBytes(UTF_8));
    for (int number : new int[] {100, 9, 10}) {
      put(root.resolve("train/n01/images"), "n01_%d.JPEG".formatted(number), number);
    }
    put(root.resolve("train/n02/images"), "n02_0.JPEG", 20);
    put(root.resolve("train/n03/images"), "n03_0.JPEG", 30);
    SmallSet.put(
        root.resolve("val"),
        "val_annotations.txt",
        "val_0.JPEG\tn03\t0\t1\t2\t3\nval_1.JPEG\tn02\t0\t1\t2\t3\nval_2.JPEG\tn01\t0\t1\t2\t3\n"
            .getBytes(UTF_8));
    put(root.resolve("val/images"), "val_0.JPEG", 200);
    put(root.resolve("val/images"), "val_2.JPEG", 210);
    return root;
  }

  private static void put(Path folder, String name, int gray) {
    SmallSet.put(folder, name, jpeg(plain(64, 64, 0x010101 * gray)));
  }

  private Path putClasses(String text) {
    return SmallSet.put(folder, TinyImageNet100.CLASSES, text.getBytes(UTF_8));
  }

  private void assertMessage(String expected) {
    String message = assertThrows(DataSetException.class, this::load).getMessage();
    assertTrue(message.startsWith(expected), message);
  }

  private ImageSplits<LabeledImages> load() {
    return load(folder);
  }

  private ImageSplits<LabeledImages> load(Path data) {
    SearchPath path = SmallSet.within(data, folder);
    Downloader offline =
        address -> {
          throw new IOException("no network");
        };
    return ImageDataSets.load(TinyImageNetFolder.SET, new DataSource(path, offline));
  }
}
