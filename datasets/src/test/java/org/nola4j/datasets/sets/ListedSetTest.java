// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.nola4j.datasets.format.ImageFiles.plain;
import static org.nola4j.datasets.format.ImageFiles.png;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.format.ImageFolder;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.SearchPath;

/** Tiny folders in each published layout; images are told by their heights. */
class ListedSetTest {
  @TempDir private Path folder;

  @Test
  void cub200() {
    Path place = folder.resolve("cub200/CUB_200_2011");
    text(place, "classes.txt", "1 001.Albatross", "2 002.Auklet");
    text(place, "images.txt", "1 001.Albatross/a.jpg", "2 002.Auklet/b.jpg", "3 002.Auklet/c.jpg");
    text(place, "image_class_labels.txt", "1 1", "3 2", "2 2");
    text(place, "train_test_split.txt", "1 0", "2 1", "3 0");
    image(place.resolve("images/001.Albatross"), "a.jpg", 1);
    image(place.resolve("images/002.Auklet"), "b.jpg", 2);
    image(place.resolve("images/002.Auklet"), "c.jpg", 3);
    ImageSplits<?> set = open("cub200");
    assertImages(set.train(), "1:2");
    assertImages(set.test(), "0:1", "1:3");
    assertEquals(List.of("001.Albatross", "002.Auklet"), set.train().info().classNames());
    assertEquals("cub200 test: 2 images of any size, 2 classes", set.test().toString());

    text(place, "train_test_split.txt", "1 0", "2 2", "3 0");
    assertMessage(
        "cub200",
        place.resolve("train_test_split.txt")
            + ": expected a number from 0 to 1 in column 2 of line 2, found '2 2'; copy or unpack"
            + " the file again");
    text(place, "train_test_split.txt", "1 0", "2 1");
    assertMessage("cub200", "an image that all lists have, in column 1 of line 3");
    text(place, "train_test_split.txt", "1 0", "2");
    assertMessage("cub200", "expected 2 columns of line 2, found '2'");
  }

  @Test
  void aircraftWithBlanksInItsClasses() {
    Path data = folder.resolve("aircraft/fgvc-aircraft-2013b/data");
    text(data, "variants.txt", "Hawk T1", "707-320");
    text(data, "images_variant_trainval.txt", "0034309 707-320", "", "0056978 Hawk T1");
    text(data, "images_variant_test.txt", "1514522 Hawk T1");
    image(data.resolve("images"), "0034309.jpg", 4);
    image(data.resolve("images"), "0056978.jpg", 5);
    image(data.resolve("images"), "1514522.jpg", 6);
    ImageSplits<?> set = open("aircraft");
    assertImages(set.train(), "1:4", "0:5");
    assertImages(set.test(), "0:6");

    text(data, "images_variant_test.txt", "1514522 Hawk");
    assertMessage("aircraft", "expected a known class of line 1, found '1514522 Hawk'");
  }

  @Test
  void food101() {
    Path place = folder.resolve("food101/food-101");
    text(place.resolve("meta"), "classes.txt", "apple_pie", "waffles");
    text(place.resolve("meta"), "train.txt", "waffles/100", "apple_pie/7");
    text(place.resolve("meta"), "test.txt", "waffles/101");
    image(place.resolve("images/waffles"), "100.jpg", 1);
    image(place.resolve("images/waffles"), "101.jpg", 2);
    image(place.resolve("images/apple_pie"), "7.jpg", 3);
    ImageSplits<?> set = open("food101");
    assertImages(set.train(), "1:1", "0:3");
    assertImages(set.test(), "1:2");
  }

  @Test
  void pets() {
    Path place = folder.resolve("pets");
    text(
        place.resolve("annotations"),
        "trainval.txt",
        "great_pyrenees_3 2 2 9",
        "Abyssinian_1 1 1 1");
    text(place.resolve("annotations"), "test.txt", "great_pyrenees_4 2 2 9");
    image(place.resolve("images"), "great_pyrenees_3.jpg", 1);
    image(place.resolve("images"), "great_pyrenees_4.jpg", 2);
    image(place.resolve("images"), "Abyssinian_1.jpg", 3);
    ImageSplits<?> set = open("pets");
    assertImages(set.train(), "1:1", "0:3");
    assertImages(set.test(), "1:2");
    assertEquals(List.of("Abyssinian", "great_pyrenees"), set.test().info().classNames());

    text(place.resolve("annotations"), "test.txt", "great_pyrenees_4 1 2 9");
    assertMessage("pets", "expected an image of class 1, which is Abyssinian, in columns 1 and 2");
    text(place.resolve("annotations"), "test.txt", "pug_4 4 2 9");
    assertMessage("pets", "expected images of all classes from 1 to 4, found 3 classes");
  }

  @Test
  void sun397WithClassesInClasses() {
    Path place = folder.resolve("sun397");
    text(place, "ClassName.txt", "/a/abbey", "/a/apse/indoor");
    text(place, "Training_01.txt", "/a/apse/indoor/sun_1.jpg", "/a/abbey/sun_2.jpg");
    text(place, "Testing_01.txt", "/a/apse/indoor/sun_3.jpg");
    image(place.resolve("SUN397/a/apse/indoor"), "sun_1.jpg", 1);
    image(place.resolve("SUN397/a/abbey"), "sun_2.jpg", 2);
    image(place.resolve("SUN397/a/apse/indoor"), "sun_3.jpg", 3);
    ImageSplits<?> set = open("sun397");
    assertImages(set.train(), "1:1", "0:2");
    assertImages(set.test(), "1:3");
    assertEquals(List.of("abbey", "apse/indoor"), set.train().info().classNames());
  }

  @Test
  void caltech101IsSplitByOurRuleWithoutItsBackground() {
    Path place = folder.resolve("caltech101/101_ObjectCategories");
    for (int i = 0; i < 31; i++) {
      image(place.resolve("ant"), "image_%04d.jpg".formatted(i), 1 + i);
      image(place.resolve("yin_yang"), "image_%04d.jpg".formatted(i), 101 + i);
    }
    image(place.resolve("ant"), "image_0031.jpg", 32);
    image(place.resolve("BACKGROUND_Google"), "image_0001.jpg", 1);
    ImageSplits<?> set = open("caltech101");
    assertEquals(List.of("ant", "yin_yang"), set.train().info().classNames());
    assertEquals(60, set.train().size());
    assertEquals(3, set.test().size());
    assertEquals("test", set.test().info().split());
    assertEquals("split by a rule of ours, as none is published", set.note());
    TreeSet<Integer> heights = new TreeSet<>();
    for (ImageSet part : List.of(set.train(), set.test())) {
      for (int i = 0; i < part.size(); i++) {
        assertEquals(part.label(i), part.image(i).height() / 100);
        heights.add(part.image(i).height());
      }
    }
    assertEquals(63, heights.size());
  }

  @Test
  void smallClassesOfCaltech101AreNamed() {
    image(folder.resolve("caltech101/101_ObjectCategories/ant"), "image_0001.jpg", 1);
    assertMessage("caltech101", "caltech101 train has 1 images of class ant, but 30 are needed");
  }

  @Test
  void whatIsMissingIsListedWithWhereToGetIt() {
    Path place = folder.resolve("food101");
    text(place.resolve("meta"), "classes.txt", "waffles");
    text(place.resolve("meta"), "train.txt", "waffles/100");
    assertMessage("food101", place + ": missing images, meta/test.txt");
    assertMessage("food101", "downloaded by hand from food-101.tar.gz of data.vision.ee.ethz.ch");
    text(place.resolve("meta"), "test.txt", "waffles/100");
    image(place.resolve("images"), "100.jpg", 1);
    assertMessage(
        "food101",
        place.resolve("images/waffles/100.jpg")
            + ": expected the first image of the train split, found no file; unpack all images");
  }

  @Test
  void shotsAndClassesOfFilesKeepTheirCorruptNeighborsOut() {
    Path place = folder.resolve("train");
    for (int i = 0; i < 6; i++) {
      image(place.resolve("a"), i + ".png", 10 + i);
      image(place.resolve("b"), i + ".png", 20 + i);
      image(place.resolve("c"), i + ".png", 30 + i);
    }
    SmallSet.put(place.resolve("c"), "2.png", new byte[] {1});
    ImageFolder all = ImageFolder.list("letters", "train", place);
    ImageSet last = all.classes(1, 2);
    assertEquals(List.of("b", "c"), last.info().classNames());
    assertEquals("classes 1 to 2 of 3", last.info().note());
    assertImages(
        last, "0:20", "0:21", "0:22", "0:23", "0:24", "0:25", "1:30", "1:31", "1:33", "1:33",
        "1:34", "1:35");
    // The image in the place of the corrupt one is of the chosen ones, which 3.png is not.
    assertImages(all.select(0, 14, 16, 17), "0:10", "2:34", "2:34", "2:35");
    assertEquals(6, last.shots(3, 1).size());
    assertEquals(6, last.withoutShots(3, 1).size());
  }

  private void assertMessage(String name, String part) {
    String message = assertThrows(DataSetException.class, () -> open(name)).getMessage();
    assertTrue(message.contains(part), message);
  }

  private ImageSplits<?> open(String name) {
    Downloader offline =
        address -> {
          throw new IOException("no network");
        };
    SearchPath path = SmallSet.within(folder, folder);
    return ImageDataSets.open(name, new DataSource(path, offline));
  }

  /** Label and height of each image. */
  private static void assertImages(ImageSet images, String... expected) {
    assertEquals(
        List.of(expected),
        IntStream.range(0, images.size())
            .mapToObj(i -> images.label(i) + ":" + images.image(i).height())
            .toList());
  }

  private static void text(Path folder, String name, String... lines) {
    SmallSet.put(folder, name, (String.join("\n", lines) + "\n").getBytes(UTF_8));
  }

  private static void image(Path folder, String name, int height) {
    SmallSet.put(folder, name, png(plain(height, 2, 0)));
  }
}
