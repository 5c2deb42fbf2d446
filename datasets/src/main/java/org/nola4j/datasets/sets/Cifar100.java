// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.format.CifarBinary;
import org.nola4j.datasets.format.ListFile;
import org.nola4j.datasets.source.ArchiveDownload;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticShapes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CIFAR-100 (A. Krizhevsky, <i>Learning multiple layers of features from tiny images</i>, 2009) in
 * its official binary version, with its hundred classes; the twenty superclasses are ignored.
 */
final class Cifar100 implements FileSet {
  /** The digest is the one published by MLDatasets.jl and others. */
  private static final ArchiveDownload ARCHIVE =
      new ArchiveDownload(
          URI.create("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"),
          200_000_000,
          "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
          Set.of("train.bin", "test.bin", "fine_label_names.txt"));

  static final String NAME = "cifar100";

  /** The folder that the official archive unpacks to. */
  static final String ARCHIVE_FOLDER = "cifar-100-binary";

  static final String TRAIN_FILE = "train.bin";
  static final String TEST_FILE = "test.bin";
  static final String NAMES = "fine_label_names.txt";

  private static final Logger log = LoggerFactory.getLogger(Cifar100.class);
  private static final List<String> FILES = List.of(TRAIN_FILE, TEST_FILE, NAMES);
  private static final int CLASSES = 100;
  private static final int SIZE = 32;
  private static final int TRAIN_IMAGES = 50_000;
  private static final int TEST_IMAGES = 10_000;
  private static final int LABELS = 2;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int classes() {
    return CLASSES;
  }

  @Override
  public List<String> lackingIn(Path folder) {
    return places(folder)
        .map(Cifar100::lackingAt)
        .filter(List::isEmpty)
        .findFirst()
        .orElseGet(() -> lackingAt(folder));
  }

  @Override
  public String wanted() {
    return "Put the files of the official binary version,\n  " + String.join("\n  ", FILES);
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
    Path place = places(folder).filter(each -> lackingAt(each).isEmpty()).findFirst().orElseThrow();
    List<String> classes = ListFile.read(place, NAMES, 1).names();
    return new ImageSplits<>(
        read("train", classes, place.resolve(TRAIN_FILE), TRAIN_IMAGES),
        read("test", classes, place.resolve(TEST_FILE), TEST_IMAGES));
  }

  private static LabeledImages read(String split, List<String> classes, Path file, int published) {
    ImageSetInfo info =
        new ImageSetInfo(NAME, split, 3, SIZE, SIZE, classes.size(), false, classes, "");
    LabeledImages images = new CifarBinary(info, LABELS).read(List.of(file));
    if (images.size() != published) {
      log.warn("{}; the published set has {}", images, published);
    }
    return images;
  }

  private static Stream<Path> places(Path folder) {
    return Stream.of(folder, folder.resolve(ARCHIVE_FOLDER));
  }

  private static List<String> lackingAt(Path place) {
    return FILES.stream().filter(name -> !Files.isRegularFile(place.resolve(name))).toList();
  }
}
