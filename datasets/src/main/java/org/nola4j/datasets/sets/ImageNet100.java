// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.format.ImageFolder;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticShapes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A hundred classes of ImageNet in folders of images, decoded on demand. */
final class ImageNet100 implements FileSet {
  static final String NAME = "imagenet100";
  private static final String TRAIN = "train";
  private static final String TEST = "val";
  private static final int CLASSES = 100;
  private static final Logger log = LoggerFactory.getLogger(ImageNet100.class);

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
    return Stream.of(TRAIN, TEST)
        .filter(split -> !Files.isDirectory(folder.resolve(split)))
        .map(split -> split + "/")
        .toList();
  }

  @Override
  public String wanted() {
    return """
    Put the images of each class, such as n01558993,
      train/CLASS/*.JPEG
      val/CLASS/*.JPEG\
    """;
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("ImageNet has no public address: image-net.org requires an account");
  }

  @Override
  public ImageSplits<?> open(Path folder) {
    ImageFolder train = ImageFolder.list(NAME, "train", folder.resolve(TRAIN));
    ImageFolder test = ImageFolder.list(NAME, "test", folder.resolve(TEST));
    if (!train.info().sameSetAs(test.info())) {
      throw DataSetException.malformed(
          folder,
          "the same class folders in train/ and val/",
          "%s and %s"
              .formatted(
                  without(train.info(), test.info(), "train/"),
                  without(test.info(), train.info(), "val/")),
          "add what is missing, or remove it from both");
    }
    if (train.info().classes() != CLASSES) {
      log.warn("{}: {} has {} classes, expected {}", folder, NAME, train.info().classes(), CLASSES);
    }
    return new ImageSplits<>(train, test);
  }

  private static String without(ImageSetInfo some, ImageSetInfo others, String where) {
    List<String> only =
        some.classNames().stream().filter(name -> !others.classNames().contains(name)).toList();
    return "%d only in %s %s".formatted(only.size(), where, only.stream().limit(5).toList());
  }
}
