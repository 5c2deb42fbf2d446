package org.nola4j.datasets;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CIFAR-10 (A. Krizhevsky, <i>Learning multiple layers of features from tiny images</i>, 2009): in
 * its official binary version, or else as JPEG files of quality 75, a lossy copy.
 */
final class Cifar10 implements FileSet {
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
        + "\nor, of lower quality, the files\n  "
        + String.join("\n  ", TRAIN_JPEGS + ".gz", TEST_JPEGS + ".gz");
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    ArchiveDownload.CIFAR10.fetch(folder, downloader);
  }

  @Override
  public ImageSplits open(Path folder) {
    TrainTest set =
        binaryFolders(folder).stream()
            .findFirst()
            .map(this::readBinary)
            .orElseGet(() -> jpegs(folder));
    warnIfSubset(set.train(), TRAIN_IMAGES);
    warnIfSubset(set.test(), TEST_IMAGES);
    return set.splits();
  }

  private TrainTest readBinary(Path folder) {
    return new TrainTest(
        new CifarBinary(info("train", ""), 1)
            .read(TRAIN_FILES.stream().map(name -> DataFile.find(folder, name)).toList()),
        new CifarBinary(info("test", ""), 1).read(List.of(DataFile.find(folder, TEST_FILE))));
  }

  private TrainTest jpegs(Path folder) {
    log.warn(
        "{} in {} is {}: results on it are not exactly those on CIFAR-10", NAME, folder, JPEG_NOTE);
    return new TrainTest(
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

  /** Of the folder and the archive's folder in it those that have all binary files. */
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
