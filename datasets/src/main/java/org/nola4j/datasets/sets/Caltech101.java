// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.format.ImageFolder;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticShapes;

/**
 * Caltech-101 (L. Fei-Fei, R. Fergus, P. Perona, CVPR workshop 2004) without its background class,
 * decoded on demand. There is no published split. As is usual, 30 images of each class are the
 * training set, chosen by the rule of {@link ImageSet#shots} with seed 0; the others are the test
 * set. So accuracies are close to published ones, but not on the same images, and the note says so.
 */
final class Caltech101 implements FileSet {
  static final String NAME = "caltech101";
  static final String FOLDER = "101_ObjectCategories";

  private static final String NOTE = "split by a rule of ours, as none is published";
  private static final Set<String> BACKGROUND = Set.of("BACKGROUND_Google");
  private static final int CLASSES = 101;
  private static final int TRAIN_IMAGES = 30;
  private static final long SEED = 0;

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
    return Files.isDirectory(folder.resolve(FOLDER)) ? List.of() : List.of(FOLDER + "/");
  }

  @Override
  public String wanted() {
    return "Put the contents of 101_ObjectCategories.tar.gz from data.caltech.edu,\n  "
        + FOLDER
        + "/CLASS/*.jpg";
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("it must be downloaded by hand from data.caltech.edu");
  }

  @Override
  public ImageSplits<?> open(Path folder) {
    ImageFolder all = ImageFolder.list(NAME, "train", NOTE, folder.resolve(FOLDER), BACKGROUND);
    try {
      ImageFolder test = all.withoutShots(TRAIN_IMAGES, SEED).asSplit("test");
      return new ImageSplits<>(all.shots(TRAIN_IMAGES, SEED), test);
    } catch (IllegalArgumentException e) {
      throw new DataSetException(folder + " is incomplete: " + e.getMessage(), e);
    }
  }
}
