// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;

/**
 * The published lists of a set of image files: the class and the split of each image.
 *
 * @param classNames one name per class
 * @param train training images, in the order of the list
 * @param test test images, in the order of the list
 */
public record ImageList(List<String> classNames, List<Entry> train, List<Entry> test) {

  /**
   * An image.
   *
   * @param file where it should be
   * @param label its class, from 0
   */
  record Entry(Path file, int label) {}

  public ImageList {
    classNames = List.copyOf(classNames);
    train = List.copyOf(train);
    test = List.copyOf(test);
  }

  /**
   * Opens the set, decoded on demand.
   *
   * @param folder the folder with all its files
   * @throws DataSetException if a split has no images, or its first one is missing
   */
  public ImageSplits<?> open(String name, Path folder) {
    return new ImageSplits<>(open(name, "train", folder, train), open(name, "test", folder, test));
  }

  private ImageSet open(String name, String split, Path folder, List<Entry> entries) {
    if (entries.isEmpty()) {
      throw DataSetException.malformed(
          folder, "images in the list of the %s split".formatted(split), "none", "get it again");
    }
    Path first = entries.get(0).file();
    if (!Files.isRegularFile(first)) {
      throw DataSetException.malformed(
          first, "the first image of the " + split + " split", "no file", "unpack all images");
    }
    ImageSetInfo info =
        new ImageSetInfo(name, split, 3, 0, 0, classNames.size(), false, classNames, "");
    return ImageFolder.of(
        info,
        folder,
        entries.stream().map(Entry::file).toList(),
        entries.stream().mapToInt(Entry::label).toArray());
  }
}
