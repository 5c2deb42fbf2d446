// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.nola4j.datasets.format.ImageFiles.jpeg;
import static org.nola4j.datasets.format.ImageFiles.plain;
import static org.nola4j.datasets.format.ImageFiles.png;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LogCapture;
import org.nola4j.datasets.batch.BatchIterator;
import org.nola4j.datasets.image.Augmentations;
import org.nola4j.datasets.sets.ImageDataSets;
import org.nola4j.datasets.sets.SmallSet;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.Downloader;

class ImageFolderTest {
  private static final byte[] GARBAGE = {1, 2, 3};

  @TempDir private Path folder;

  /** Two classes; the images are told by their heights. */
  @BeforeEach
  void putImages() {
    for (String split : List.of("train", "val")) {
      put(split, "n02", "b.JPEG", jpeg(plain(12, 8, 0)));
      put(split, "n02", "a.png", png(plain(11, 8, 0)));
      put(split, "n02", "c.jpg", png(plain(13, 8, 0))); // not what its name says
      put(split, "n02", ".hidden.jpg", GARBAGE);
      put(split, "n02", "readme.txt", GARBAGE);
      put(split, "n01", "z.jpeg", jpeg(plain(10, 8, 0)));
    }
  }

  @Test
  void classesAndImagesAreSortedByName() {
    ImageFolder images = train();
    assertEquals("tiny train: 4 images of any size, 2 classes", images.toString());
    assertEquals(List.of("n01", "n02"), images.info().classNames());
    assertHeights(images, 10, 11, 12, 13);
    assertEquals(0, images.label(0));
    assertEquals(1, images.label(1));
    assertEquals(1, images.label(3));
  }

  /** The same picture under the same name is the same; another name, size or content is not. */
  @Test
  void digestTellsFilesApart() {
    String before = digest(train());
    put("train", "n02", "c.jpg", png(plain(13, 8, 0)));
    assertEquals(before, digest(train()));
    put("train", "n02", "c.jpg", png(plain(13, 8, 0x010203)));
    String otherPixels = digest(train());
    assertNotEquals(before, otherPixels);
    put("train", "n02", "d.jpg", png(plain(13, 8, 0)));
    assertNotEquals(before, digest(train().select(0, 1, 2, 4)));
    assertNotEquals(before, digest(train().select(0, 1, 2)));
    assertNotEquals(digest(train().select(0, 1)), digest(train().select(1, 0)));
  }

  @Test
  void digestOfALongFileSeesItsMiddle() {
    byte[] long1 = new byte[100_000];
    byte[] long2 = long1.clone();
    long2[50_000] = 1;
    put("train", "n01", "z.jpeg", long1);
    String before = digest(train());
    put("train", "n01", "z.jpeg", long2);
    assertNotEquals(before, digest(train()));
  }

  private static String digest(ImageSet images) {
    MessageDigest digest = Contents.sha256();
    for (int i = 0; i < images.size(); i++) {
      images.digest(i, digest);
    }
    return Contents.hex(digest);
  }

  /** In a locale without UTF-8 all classes would have one name, and be numbered at random. */
  @Tag("slow")
  @Test
  void namesThatCannotBeDecodedAreRefused() throws IOException, InterruptedException {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "no UTF-8 locale");
    put("named", "\u732b", "1.png", png(plain(8, 8, 0)));
    put("named", "\u72ac", "1.png", png(plain(8, 8, 0)));
    assertEquals("[\u72ac, \u732b]", listed("C.UTF-8"));
    String message = listed("C");
    assertTrue(message.contains("expected names that can be decoded as ANSI_X3.4-1968"), message);
    assertTrue(message.endsWith("set LC_ALL=C.UTF-8, or rename it if its name is not UTF-8"));
  }

  /** What {@link Lister} says in a locale. */
  private String listed(String locale) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Lister.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("LC_ALL", locale);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.strip();
  }

  /** Lists the classes of a folder, or says why it cannot. */
  static final class Lister {
    private Lister() {}

    /** Prints UTF-8, whatever the locale. */
    public static void main(String[] args) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      try {
        Path named = Path.of(args[0]).resolve("named");
        out.println(ImageFolder.list("tiny", "train", named).info().classNames());
      } catch (DataSetException e) {
        out.println(e.getMessage());
      }
    }
  }

  @Test
  void sizesAreNotPromised() {
    String message =
        assertThrows(IllegalStateException.class, () -> train().info().pixelsPerImage())
            .getMessage();
    assertEquals("images of tiny train differ in size: crop or resize them first", message);
  }

  @Test
  void theNextIntactImageOfTheClassIsServedForACorruptOne() {
    put("train", "n02", "a.png", GARBAGE);
    put("train", "n02", "b.JPEG", new byte[0]);
    ImageFolder images = train();
    try (LogCapture log = new LogCapture(CorruptImages.class)) {
      assertHeights(images, 10, 13, 13, 13);
      assertHeights(images, 10, 13, 13, 13);
      assertEquals(2, log.warnings().size());
      Path file = folder.resolve("train/n02/a.png");
      assertTrue(log.warnings().get(0).contains("corrupt image " + file), log.warnings().get(0));
    }
    put("train", "n02", "c.jpg", GARBAGE);
    put("train", "n02", "a.png", png(plain(11, 8, 0)));
    assertHeights(train(), 10, 11, 11, 11); // the first follows the last
  }

  @Test
  void aClassWithoutIntactImagesIsAnError() {
    put("train", "n01", "z.jpeg", GARBAGE);
    ImageFolder images = train();
    String message = assertThrows(DataSetException.class, () -> images.image(0)).getMessage();
    assertEquals(
        folder.resolve("train/n01")
            + ": all 1 images of class n01 are corrupt; copy or download them again",
        message);
  }

  @Test
  void tooManyCorruptImagesAreAnError() {
    for (int i = 0; i < 11; i++) {
      put("train", "n01", "corrupt%02d.jpg".formatted(i), GARBAGE);
    }
    ImageFolder images = train();
    String message = assertThrows(DataSetException.class, () -> images.image(0)).getMessage();
    assertTrue(message.contains("more than 10 of 15 images are corrupt; "), message);
    assertTrue(message.contains("/corrupt04.jpg: it is not a JPEG"), message);
    assertTrue(!message.contains("corrupt05"), message);
  }

  @Test
  void unreadableFilesAreAnErrorAtOnce() throws IOException {
    ImageFolder images = train();
    Path file = folder.resolve("train/n02/b.JPEG");
    Files.delete(file);
    String message = assertThrows(DataSetException.class, () -> images.image(2)).getMessage();
    assertTrue(message.startsWith(file + ": cannot be read: "), message);
  }

  @Test
  void emptyFoldersAreRefused() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("train/n03"));
    assertMessage(empty + ": expected images [.jpg, .jpeg, .png], found none; add some");
    Path none = Files.createDirectories(folder.resolve("none"));
    String message =
        assertThrows(DataSetException.class, () -> ImageFolder.list("tiny", "train", none))
            .getMessage();
    assertTrue(message.startsWith(none + ": expected one folder per class, found none"), message);
  }

  @Test
  void imageNet100IsFoundAndOpened() {
    ImageSplits<?> set = ImageDataSets.open("imagenet100", source());
    assertInstanceOf(ImageFolder.class, set.train());
    assertEquals("imagenet100 test: 4 images of any size, 2 classes", set.test().toString());
    String message =
        assertThrows(DataSetException.class, () -> ImageDataSets.load("imagenet100", source()))
            .getMessage();
    assertTrue(message.startsWith("data set 'imagenet100' is decoded on demand"), message);
  }

  @Test
  void splitsMustHaveTheSameClasses() {
    put("val", "n07", "a.png", png(plain(1, 1, 0)));
    String message =
        assertThrows(DataSetException.class, () -> ImageDataSets.open("imagenet100", source()))
            .getMessage();
    assertEquals(
        folder
            + ": expected the same class folders in train/ and val/, found 0 only in train/ [] and"
            + " 1 only in val/ [n07]; add what is missing, or remove it from both",
        message);
  }

  @Tag("slow")
  @Test
  void batchesAreTheSameInResumedRunsDespiteCorruptImages() {
    put("train", "n02", "b.JPEG", GARBAGE);
    List<DataSet> all = batches(train(), 1, 0);
    assertEquals(4, all.size());
    for (int from = 0; from < 4; from++) {
      assertEquals(all.subList(from, 4), batches(train(), 3, from));
    }
  }

  private static List<DataSet> batches(ImageFolder images, int threads, int from) {
    List<DataSet> batches = new ArrayList<>();
    try (BatchIterator iterator =
        BatchIterator.builder(images)
            .batchSize(1)
            .shuffle(3)
            .augment(Augmentations.imageNetTrain(8), 3)
            .threads(threads)
            .build()) {
      iterator.setEpoch(2, from);
      iterator.forEachRemaining(batches::add);
    }
    return batches;
  }

  private void assertMessage(String expected) {
    String message = assertThrows(DataSetException.class, this::train).getMessage();
    assertTrue(message.startsWith(expected), message);
  }

  private static void assertHeights(ImageSet images, int... heights) {
    assertEquals(heights.length, images.size());
    for (int i = 0; i < heights.length; i++) {
      assertEquals(heights[i], images.image(i).height(), "image " + i);
    }
  }

  private void put(String split, String label, String name, byte[] bytes) {
    SmallSet.put(folder.resolve(split).resolve(label), name, bytes);
  }

  private ImageFolder train() {
    return ImageFolder.list("tiny", "train", folder.resolve("train"));
  }

  private DataSource source() {
    Downloader offline =
        address -> {
          throw new IOException("no network");
        };
    return new DataSource(SmallSet.within(folder, folder), offline);
  }
}
