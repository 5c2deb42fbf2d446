// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.util.List;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticDigits;
import org.nola4j.datasets.synthetic.SyntheticShapes;

/**
 * Opens image data sets by name.
 *
 * <table>
 * <caption>Known sets</caption>
 * <tr><th>name</th><th>images</th><th>train</th><th>test</th><th>classes</th></tr>
 * <tr><td>{@code mnist}</td><td>1x28x28</td><td>60,000</td><td>10,000</td><td>10</td></tr>
 * <tr><td>{@code fashion-mnist}</td><td>1x28x28</td><td>60,000</td><td>10,000</td><td>10</td></tr>
 * <tr><td>{@code cifar10}</td><td>3x32x32</td><td>50,000</td><td>10,000</td><td>10</td></tr>
 * <tr><td>{@code cifar100}</td><td>3x32x32</td><td>50,000</td><td>10,000</td><td>100</td></tr>
 * <tr><td>{@code tiny-imagenet-100}</td><td>3x64x64</td><td>50,000</td><td>5,000</td>
 * <td>100</td></tr>
 * <tr><td>{@code imagenet100}, decoded on demand</td><td>RGB, any size</td><td>about 127,000</td>
 * <td>5,000</td><td>100</td></tr>
 * <tr><td>{@code cub200}, decoded on demand</td><td>RGB, any size</td><td>5,994</td>
 * <td>5,794</td><td>200</td></tr>
 * <tr><td>{@code aircraft}, decoded on demand</td><td>RGB, any size</td><td>6,667</td>
 * <td>3,333</td><td>100</td></tr>
 * <tr><td>{@code food101}, decoded on demand</td><td>RGB, any size</td><td>75,750</td>
 * <td>25,250</td><td>101</td></tr>
 * <tr><td>{@code pets}, decoded on demand</td><td>RGB, any size</td><td>3,680</td>
 * <td>3,669</td><td>37</td></tr>
 * <tr><td>{@code sun397}, decoded on demand</td><td>RGB, any size</td><td>19,850</td>
 * <td>19,850</td><td>397</td></tr>
 * <tr><td>{@code caltech101}, decoded on demand</td><td>RGB, any size</td><td>3,030</td>
 * <td>5,647</td><td>101</td></tr>
 * <tr><td>{@code mnist-10k}, a subset of MNIST that comes with the library</td><td>1x28x28</td>
 * <td>10,000</td><td>2,000</td><td>10</td></tr>
 * <tr><td>{@code synthetic-digits}, a generated stand-in</td><td>1x28x28</td><td>12,000</td>
 * <td>2,000</td><td>10</td></tr>
 * <tr><td>{@code synthetic-shapes}, a generated stand-in</td><td>3x32x32</td><td>4,000</td>
 * <td>1,000</td><td>10</td></tr>
 * </table>
 */
public final class ImageDataSets {
  private static final List<FileSet> FILE_SETS =
      Stream.of(
              PublishedSet.ALL.stream().map(IdxSet::new),
              Stream.of(new Cifar10(), new Cifar100(), new TinyImageNet100(), new ImageNet100()),
              ListedSet.ALL.stream(),
              Stream.of(new Caltech101()))
          .<FileSet>flatMap(sets -> sets)
          .toList();

  private ImageDataSets() {}

  /** The names of all sets. */
  public static List<String> names() {
    return Stream.concat(
            FILE_SETS.stream().map(FileSet::name),
            Stream.of(Mnist10k.NAME, SyntheticDigits.NAME, SyntheticShapes.NAME))
        .toList();
  }

  /**
   * Opens a set. Sets of image files are decoded on demand; all others are loaded into memory with
   * one byte per pixel and channel: 55 MB for MNIST, 184 MB for CIFAR-10, 676 MB for Tiny ImageNet.
   * If files are well formed but differ from the published ones, the set is opened with a warning,
   * since subsets are useful.
   *
   * @param name one of {@link #names()}
   * @param source where the files of published sets are found
   * @return the set
   * @throws DataSetException if the name is unknown, or the files cannot be found or are invalid
   */
  public static ImageSplits<?> open(String name, DataSource source) {
    if (name.equals(Mnist10k.NAME)) {
      return Mnist10k.open();
    }
    if (name.equals(SyntheticDigits.NAME)) {
      return SyntheticDigits.standard().generate();
    }
    if (name.equals(SyntheticShapes.NAME)) {
      return SyntheticShapes.standard().generate();
    }
    FileSet set = fileSet(name);
    return set.open(source.locate(set));
  }

  /**
   * Returns the number of classes of a set without opening its files.
   *
   * @param name one of {@link #names()}
   * @return the number of classes
   * @throws DataSetException if the name is unknown
   */
  public static int classes(String name) {
    return switch (name) {
      case Mnist10k.NAME -> Mnist10k.CLASSES;
      case SyntheticDigits.NAME -> SyntheticDigits.CLASSES;
      case SyntheticShapes.NAME -> SyntheticShapes.CLASSES;
      default -> fileSet(name).classes();
    };
  }

  /**
   * Like {@link #open}, for code that needs the set in memory.
   *
   * @param name one of {@link #names()}
   * @param source where the files of published sets are found
   * @return the set
   * @throws DataSetException like {@link #open}, or if the set is decoded on demand
   */
  public static ImageSplits<LabeledImages> load(String name, DataSource source) {
    return open(name, source).inMemory();
  }

  private static FileSet fileSet(String name) {
    return FILE_SETS.stream()
        .filter(set -> set.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name));
  }

  private static DataSetException unknown(String name) {
    return new DataSetException(
        "unknown data set '%s'; available: %s".formatted(name, String.join(", ", names())));
  }
}
