// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.format.ImageList;
import org.nola4j.datasets.format.ImageLists;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticShapes;

/**
 * A published set of image files with lists of their classes and splits, decoded on demand.
 *
 * @param name name of the set and of its folder
 * @param classes number of classes
 * @param archiveFolder the folder that its archive unpacks to, which may be in the set's folder or
 *     be it
 * @param needed the lists and image folders in it
 * @param source where to download it
 * @param lists reads the lists
 */
record ListedSet(
    String name,
    int classes,
    String archiveFolder,
    List<String> needed,
    String source,
    Function<Path, ImageList> lists)
    implements FileSet {

  /** C. Wah et al., 2011: 200 kinds of birds. */
  static final ListedSet CUB200 =
      new ListedSet(
          "cub200",
          200,
          "CUB_200_2011",
          List.of(
              "images",
              "images.txt",
              "classes.txt",
              "image_class_labels.txt",
              "train_test_split.txt"),
          "CUB_200_2011.tgz of www.vision.caltech.edu",
          ImageLists::cub200);

  /** S. Maji et al., arXiv:1306.5151, 2013: 100 variants of aircraft. */
  static final ListedSet AIRCRAFT =
      new ListedSet(
          "aircraft",
          100,
          "fgvc-aircraft-2013b",
          List.of(
              "data/images",
              "data/variants.txt",
              "data/images_variant_trainval.txt",
              "data/images_variant_test.txt"),
          "fgvc-aircraft-2013b.tar.gz of www.robots.ox.ac.uk/~vgg",
          ImageLists::aircraft);

  /** L. Bossard et al., ECCV 2014: 101 dishes. */
  static final ListedSet FOOD101 =
      new ListedSet(
          "food101",
          101,
          "food-101",
          List.of("images", "meta/classes.txt", "meta/train.txt", "meta/test.txt"),
          "food-101.tar.gz of data.vision.ee.ethz.ch",
          ImageLists::food101);

  /** O. Parkhi et al., CVPR 2012: 37 breeds of cats and dogs. */
  static final ListedSet PETS =
      new ListedSet(
          "pets",
          37,
          "oxford-iiit-pet",
          List.of("images", "annotations/trainval.txt", "annotations/test.txt"),
          "images.tar.gz and annotations.tar.gz of www.robots.ox.ac.uk/~vgg/data/pets",
          ImageLists::pets);

  /** J. Xiao et al., CVPR 2010: 397 kinds of scenes, the first of the published splits. */
  static final ListedSet SUN397 =
      new ListedSet(
          "sun397",
          397,
          "sun397",
          List.of("SUN397", "ClassName.txt", "Training_01.txt", "Testing_01.txt"),
          "SUN397.tar.gz and Partitions.zip of vision.princeton.edu/projects/2010/SUN",
          ImageLists::sun397);

  static final List<ListedSet> ALL = List.of(CUB200, AIRCRAFT, FOOD101, PETS, SUN397);

  ListedSet {
    needed = List.copyOf(needed);
  }

  @Override
  public List<String> lackingIn(Path folder) {
    return places(folder)
        .map(this::lackingAt)
        .filter(List::isEmpty)
        .findFirst()
        .orElseGet(() -> lackingAt(folder));
  }

  @Override
  public String wanted() {
    return "Put the contents of %s,\n  %s".formatted(source, String.join("\n  ", needed));
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("it must be downloaded by hand from " + source);
  }

  @Override
  public ImageSplits<?> open(Path folder) {
    Path place = places(folder).filter(each -> lackingAt(each).isEmpty()).findFirst().orElseThrow();
    return lists.apply(place).open(name, place);
  }

  private Stream<Path> places(Path folder) {
    return Stream.of(folder, folder.resolve(archiveFolder));
  }

  private List<String> lackingAt(Path place) {
    return needed.stream().filter(each -> !Files.exists(place.resolve(each))).toList();
  }
}
