// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.SearchPath;

class Mnist10kTest {
  @Test
  void comesWithTheLibrary() {
    ImageSplits<?> set = ImageDataSets.open("mnist-10k", DataSource.standard());
    assertFalse(set.standIn());
    assertEquals("the first 1,000 training and 200 test images of each class of MNIST", set.note());
    assertEquals(10_000, set.train().size());
    assertEquals(2_000, set.test().size());
    for (int label = 0; label < 10; label++) {
      assertEquals(1_000, count(set.train(), label));
      assertEquals(200, count(set.test(), label));
    }
  }

  @Test
  void isTheFirstImagesOfEachClassOfMnist() {
    ImageSplits<LabeledImages> mnist = mnist();
    ImageSplits<LabeledImages> part = ImageDataSets.load("mnist-10k", DataSource.standard());
    requireFirst(1_000, mnist.train(), part.train());
    requireFirst(200, mnist.test(), part.test());
  }

  private static void requireFirst(int perClass, LabeledImages whole, LabeledImages part) {
    int[] seen = new int[10];
    int next = 0;
    for (int i = 0; i < whole.size(); i++) {
      if (seen[whole.label(i)]++ < perClass) {
        assertEquals(whole.label(i), part.label(next));
        assertArrayEquals(whole.pixels(i), part.pixels(next));
        next++;
      }
    }
    assertEquals(part.size(), next);
    assertEquals(10, Arrays.stream(seen).filter(count -> count >= perClass).count());
  }

  private static long count(ImageSet images, int label) {
    return IntStream.range(0, images.size()).filter(i -> images.label(i) == label).count();
  }

  private static ImageSplits<LabeledImages> mnist() {
    Optional<Path> folder =
        new SearchPath(Optional.empty(), Optional.of(SharedData.folder()), Path.of("no-home"))
            .folders("mnist").stream()
                .filter(place -> new IdxSet(PublishedSet.MNIST).lackingIn(place).isEmpty())
                .findFirst();
    assumeTrue(folder.isPresent(), "MNIST is not on this machine");
    return new PublishedSetReader(PublishedSet.MNIST, folder.get()).read();
  }
}
