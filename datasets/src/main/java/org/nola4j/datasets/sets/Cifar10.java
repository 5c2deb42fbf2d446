// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.format.CifarBinary;
import org.nola4j.datasets.format.JpegSetReader;
import org.nola4j.datasets.source.ArchiveDownload;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticShapes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CIFAR-10 (A. Krizhevsky, <i>Learning multiple layers of features from tiny images</i>, 2009): in
 * its official binary version, or as a lossy copy in JPEG files of quality 75.
 */
final class Cifar10 implements FileSet {
  /** The digest is the one published by TensorFlow Datasets. */
  private static final ArchiveDownload ARCHIVE =
      new ArchiveDownload(
          URI.create("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"),
          200_000_000,
          "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
          Set.of(
              "data_batch_1.bin",
              "data_batch_2.bin",
              "data_batch_3.bin",
              "data_batch_4.bin",
              "data_batch_5.bin",
              "test_batch.bin"));

  static final String NAME = "cifar10";

  /** The folder that the official archive unpacks to. */
  static final String ARCHIVE_FOLDER = "cifar-10-batches-bin";

  static final List<String> TRAIN_FILES =
      IntStream.rangeClosed(1, 5).mapToObj("data_batch_%d.bin"::formatted).toList();
  static final String TEST_FILE = "test_batch.bin";
  static final String TRAIN_JPEGS = "train.jpegs";
  static final String TEST_JPEGS = "test.jpegs";
  static final String JPEG_NOTE = "decoded from JPEG files of quality 75, a lossy copy of CIFAR-10";

  private static final Logger log = LoggerFactory.getLogger(Cifar10.class);
  private static final int SIZE = 32;
  private static final int TRAIN_IMAGES = 50_000;
  private static final int TEST_IMAGES = 10_000;
  private static final List<String> CLASSES =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int classes() {
    return CLASSES.size();
  }

  @Override
  public List<String> lackingIn(Path folder) {
    if (hasJpegs(folder) || !binaryFolders(folder).isEmpty()) {
      return List.of();
    }
    return Stream.concat(binaryNames(), Stream.of(TRAIN_JPEGS, TEST_JPEGS))
        .filter(name -> !DataFile.isIn(folder, name))
        .toList();
  }

  @Override
  public String wanted() {
    return "Put the files of the official binary version,\n  "
        + String.join("\n  ", binaryNames().toList())
        + "\nor, in lower quality, the files\n  "
        + String.join("\n  ", TRAIN_JPEGS + ".gz", TEST_JPEGS + ".gz");
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    ARCHIVE.fetch(folder, downloader);
  }

  @Override
  public ImageSplits<?> open(Path folder) {
    ImageSplits<LabeledImages> set =
        binaryFolders(folder).stream()
            .findFirst()
            .map(this::readBinary)
            .orElseGet(() -> jpegs(folder));
    warnIfSubset(set.train(), TRAIN_IMAGES);
    warnIfSubset(set.test(), TEST_IMAGES);
    return set;
  }

  private ImageSplits<LabeledImages> readBinary(Path folder) {
    return new ImageSplits<>(
        new CifarBinary(info("train", ""), 1)
            .read(TRAIN_FILES.stream().map(name -> DataFile.find(folder, name)).toList()),
        new CifarBinary(info("test", ""), 1).read(List.of(DataFile.find(folder, TEST_FILE))));
  }

  private ImageSplits<LabeledImages> jpegs(Path folder) {
    log.warn(
        "{} in {} is {}: results differ slightly from those on CIFAR-10", NAME, folder, JPEG_NOTE);
    return new ImageSplits<>(
        new JpegSetReader(info("train", JPEG_NOTE))
            .read(List.of(DataFile.find(folder, TRAIN_JPEGS))),
        new JpegSetReader(info("test", JPEG_NOTE))
            .read(List.of(DataFile.find(folder, TEST_JPEGS))));
  }

  private static void warnIfSubset(LabeledImages images, int published) {
    if (images.size() != published) {
      log.warn("{}; the published set has {}", images, published);
    }
  }

  private static ImageSetInfo info(String split, String note) {
    return new ImageSetInfo(NAME, split, 3, SIZE, SIZE, CLASSES.size(), false, CLASSES, note);
  }

  /** Those of the folder and the archive's folder in it that have all binary files. */
  private static List<Path> binaryFolders(Path folder) {
    return Stream.of(folder, folder.resolve(ARCHIVE_FOLDER))
        .filter(place -> binaryNames().allMatch(name -> DataFile.isIn(place, name)))
        .toList();
  }

  private static boolean hasJpegs(Path folder) {
    return DataFile.isIn(folder, TRAIN_JPEGS) && DataFile.isIn(folder, TEST_JPEGS);
  }

  private static Stream<String> binaryNames() {
    return Stream.concat(TRAIN_FILES.stream(), Stream.of(TEST_FILE));
  }
}
