// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.format.IdxFile;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.PublishedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the four files of a published set and checks that they belong together. */
final class PublishedSetReader {
  private static final Logger log = LoggerFactory.getLogger(PublishedSetReader.class);
  private static final String CHECK_FILES = "put the files of one set into the folder";

  private final PublishedSet set;
  private final Path folder;

  PublishedSetReader(PublishedSet set, Path folder) {
    this.set = set;
    this.folder = folder;
  }

  ImageSplits<LabeledImages> read() {
    return new ImageSplits<>(
        readSplit("train", set.trainImages(), set.trainLabels()),
        readSplit("test", set.testImages(), set.testLabels()));
  }

  private LabeledImages readSplit(String split, PublishedFile imageFile, PublishedFile labelFile) {
    IdxFile images = readFile(imageFile);
    IdxFile labels = readFile(labelFile);
    int[] shape = images.shape();
    if (shape.length != 3 || Arrays.stream(shape).anyMatch(size -> size == 0)) {
      throw DataSetException.malformed(
          images.file(), "images, shape [count, rows, columns]", shape(images), CHECK_FILES);
    }
    if (!Arrays.equals(labels.shape(), new int[] {shape[0]})) {
      throw DataSetException.malformed(
          labels.file(),
          "%d labels, one per image".formatted(shape[0]),
          shape(labels),
          CHECK_FILES);
    }
    ImageSetInfo info =
        new ImageSetInfo(set.name(), split, 1, shape[1], shape[2], set.classes(), false);
    return LabeledImages.owning(info, images.sharedData(), toLabels(labels));
  }

  private IdxFile readFile(PublishedFile published) {
    Path path = DataFile.find(folder, published.name());
    IdxFile file = IdxFile.read(path);
    if (!file.sha256().equals(published.sha256())) {
      refuseOtherSet(file);
      log.warn(
          "{} is not the published file of {}: its contents have SHA-256 {}, expected {}; results"
              + " are not comparable with published ones",
          path,
          set.name(),
          file.sha256(),
          published.sha256());
    }
    return file;
  }

  /** MNIST and Fashion-MNIST have the same file names and must not be mistaken for each other. */
  private void refuseOtherSet(IdxFile file) {
    Optional<PublishedSet> other =
        PublishedSet.ALL.stream()
            .filter(s -> s.files().stream().anyMatch(f -> f.sha256().equals(file.sha256())))
            .findFirst();
    if (other.isPresent()) {
      throw DataSetException.malformed(
          file.file(),
          "a file of " + set.name(),
          "a file of " + other.get().name(),
          "give each set a folder with its own name");
    }
  }

  private int[] toLabels(IdxFile file) {
    byte[] data = file.sharedData();
    int[] labels = new int[data.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Byte.toUnsignedInt(data[i]);
      if (labels[i] >= set.classes()) {
        throw DataSetException.malformed(
            file.file(),
            "labels from 0 to %d".formatted(set.classes() - 1),
            "label %d at index %d".formatted(labels[i], i),
            CHECK_FILES);
      }
    }
    return labels;
  }

  private static String shape(IdxFile file) {
    return "shape " + Arrays.toString(file.shape());
  }
}
