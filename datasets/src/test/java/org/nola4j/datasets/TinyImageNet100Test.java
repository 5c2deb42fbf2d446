package org.nola4j.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.datasets.ImageFiles.jpeg;
import static org.nola4j.datasets.ImageFiles.plain;
import static org.nola4j.datasets.ImageFiles.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    TrainTest set = load();
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
            + ": expected label 1, WordNet id and words, with tabs between, in line 2,"
            + " found '2\tn01641577\tbullfrog'; copy");
    putClasses("");
    assertMessage(file + ": expected one class a line, found none; copy the file again");
    putClasses("0\tn01443537\tgoldfish\n");
    assertMessage(folder.resolve("train-1.jpegs.gz") + ": expected a label from 0 to 0, found");
  }

  private Path putClasses(String text) {
    return SmallSet.put(folder, TinyImageNet100.CLASSES, text.getBytes(UTF_8));
  }

  private void assertMessage(String expected) {
    String message = assertThrows(DataSetException.class, this::load).getMessage();
    assertTrue(message.startsWith(expected), message);
  }

  private TrainTest load() {
    SearchPath path = SmallSet.within(folder, folder);
    Downloader offline =
        address -> {
          throw new IOException("no network");
        };
    return ImageDataSets.load(TinyImageNet100.NAME, new DataSource(path, offline));
  }
}
