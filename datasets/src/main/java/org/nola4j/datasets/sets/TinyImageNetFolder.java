// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static java.util.Comparator.comparingInt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.format.JpegSetReader;
import org.nola4j.datasets.format.LabeledJpeg;
import org.nola4j.datasets.format.ListFile;
import org.nola4j.datasets.format.ListFile.Line;

/**
 * The folder that Tiny ImageNet's published archive unpacks to. Every second of its 200 classes is
 * used, in the order of their WordNet IDs, starting with the first. Images come in rounds with one
 * image per class; within a class they follow the numbers in their file names.
 *
 * @param root the folder
 */
record TinyImageNetFolder(Path root) {
  /** The name of the data set that is made of it. */
  static final String SET = "tiny-imagenet-100";

  static final String FOLDER = "tiny-imagenet-200";
  private static final int SIZE = 64;
  private static final String IDS = "wnids.txt";
  private static final String WORDS = "words.txt";
  private static final String TRAIN = "train";
  private static final String TEST = "val";
  private static final String TEST_LIST = "val_annotations.txt";

  /** A class: its WordNet ID and its words. */
  private record WordNetClass(String id, String words) {}

  /** The files and folders that are missing. */
  List<String> lacking() {
    return Stream.of(IDS, WORDS, TRAIN + "/", TEST + "/" + TEST_LIST)
        .filter(name -> !Files.exists(root.resolve(name)))
        .map(name -> FOLDER + "/" + name)
        .toList();
  }

  /**
   * Decodes the images.
   *
   * @throws DataSetException if a file is missing or malformed, or too many images are corrupt
   */
  ImageSplits<LabeledImages> read() {
    List<WordNetClass> classes = classes();
    List<String> words = classes.stream().map(WordNetClass::words).toList();
    return new ImageSplits<>(
        read(info("train", words), trainFiles(classes)),
        read(info("test", words), testFiles(classes)));
  }

  /** A split of the set, from this folder or another source of its images. */
  static ImageSetInfo info(String split, List<String> classes) {
    return new ImageSetInfo(SET, split, 3, SIZE, SIZE, classes.size(), false, classes, "");
  }

  private List<WordNetClass> classes() {
    Map<String, String> words =
        ListFile.read(root, WORDS, 2).lines().stream()
            .collect(Collectors.toMap(line -> line.text(0), line -> line.text(1), (a, b) -> a));
    List<String> ids = ListFile.read(root, IDS, 1).names().stream().sorted().toList();
    return IntStream.range(0, ids.size())
        .filter(i -> i % 2 == 0)
        .mapToObj(ids::get)
        .map(id -> new WordNetClass(id, words.getOrDefault(id, id)))
        .toList();
  }

  private List<List<Path>> trainFiles(List<WordNetClass> classes) {
    return classes.stream()
        .map(one -> listed(root.resolve(TRAIN).resolve(one.id()).resolve("images")))
        .toList();
  }

  private List<List<Path>> testFiles(List<WordNetClass> classes) {
    Map<String, List<Path>> ofClass =
        ListFile.read(root.resolve(TEST), TEST_LIST, 3).lines().stream()
            .collect(
                Collectors.groupingBy(
                    line -> line.text(1), Collectors.mapping(this::testFile, Collectors.toList())));
    return classes.stream().map(one -> ofClass.getOrDefault(one.id(), List.of())).toList();
  }

  private Path testFile(Line line) {
    return root.resolve(TEST).resolve("images").resolve(line.text(0));
  }

  private static List<Path> listed(Path folder) {
    // Names differ only in the number at the end, so a longer name is a larger number.
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> name(file).endsWith(".JPEG"))
          .sorted(
              comparingInt((Path file) -> name(file).length())
                  .thenComparing(TinyImageNetFolder::name))
          .toList();
    } catch (IOException e) {
      throw new DataSetException(folder + ": cannot be listed: " + e, e);
    }
  }

  private LabeledImages read(ImageSetInfo info, List<List<Path>> files) {
    int rounds = files.stream().mapToInt(List::size).max().orElse(0);
    List<LabeledJpeg> jpegs = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      for (int label = 0; label < files.size(); label++) {
        if (round < files.get(label).size()) {
          jpegs.add(jpeg(label, files.get(label).get(round)));
        }
      }
    }
    if (jpegs.isEmpty()) {
      throw DataSetException.malformed(
          root, "%s images of its classes".formatted(info.split()), "none", "unpack it again");
    }
    return new JpegSetReader(info).decode(jpegs);
  }

  private static LabeledJpeg jpeg(int label, Path file) {
    try {
      return new LabeledJpeg(label, Files.readAllBytes(file), file::toString);
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }
}
