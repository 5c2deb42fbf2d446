// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.format.ImageList.Entry;
import org.nola4j.datasets.format.ListFile.Line;

/** Readers of published lists, each for the folder that the set's archive unpacks to. */
public final class ImageLists {
  private static final String JPEG = ".jpg";

  private ImageLists() {}

  /**
   * CUB-200-2011: {@code classes.txt} (class, name), {@code images.txt} (image, file), {@code
   * image_class_labels.txt} (image, class) and {@code train_test_split.txt} (image, 1 for train),
   * all numbers from 1.
   */
  public static ImageList cub200(Path folder) {
    List<String> classes =
        ListFile.read(folder, "classes.txt", 2).lines().stream().map(line -> line.text(1)).toList();
    Map<String, Line> labels = byImage(ListFile.read(folder, "image_class_labels.txt", 2));
    Map<String, Line> splits = byImage(ListFile.read(folder, "train_test_split.txt", 2));
    List<Entry> train = new ArrayList<>();
    List<Entry> test = new ArrayList<>();
    for (Line image : ListFile.read(folder, "images.txt", 2).lines()) {
      int label = of(image, labels).number(1, 1, classes.size()) - 1;
      Path file = folder.resolve("images").resolve(image.text(1));
      boolean forTraining = of(image, splits).number(1, 0, 1) == 1;
      (forTraining ? train : test).add(new Entry(file, label));
    }
    return new ImageList(classes, train, test);
  }

  private static Map<String, Line> byImage(ListFile list) {
    Map<String, Line> lines = new HashMap<>();
    list.lines().forEach(line -> lines.put(line.text(0), line));
    return lines;
  }

  private static Line of(Line image, Map<String, Line> lines) {
    Line found = lines.get(image.text(0));
    if (found == null) {
      throw image.malformed("an image that all lists have, in column 1");
    }
    return found;
  }

  /**
   * FGVC-Aircraft: {@code variants.txt} (class) and {@code images_variant_trainval.txt} and {@code
   * images_variant_test.txt} (image, class, which may contain spaces). The banner with the owner's
   * name at the bottom of each image is kept.
   */
  public static ImageList aircraft(Path archive) {
    Path folder = archive.resolve("data");
    List<String> classes = ListFile.read(folder, "variants.txt", 1).names();
    return new ImageList(
        classes,
        aircraft(folder, "images_variant_trainval.txt", classes),
        aircraft(folder, "images_variant_test.txt", classes));
  }

  private static List<Entry> aircraft(Path folder, String list, List<String> classes) {
    Map<String, Integer> labels = labels(classes);
    return ListFile.read(folder, list, 2).lines().stream()
        .map(
            line ->
                new Entry(
                    folder.resolve("images").resolve(line.text(0) + JPEG),
                    label(line, line.text(1), labels)))
        .toList();
  }

  /**
   * Food-101: {@code meta/classes.txt} (class) and {@code meta/train.txt} and {@code meta/test.txt}
   * (class/image).
   */
  public static ImageList food101(Path folder) {
    List<String> classes = ListFile.read(folder, "meta/classes.txt", 1).names();
    return new ImageList(
        classes,
        paths(folder, "meta/train.txt", "images", JPEG, classes),
        paths(folder, "meta/test.txt", "images", JPEG, classes));
  }

  /**
   * SUN397: {@code ClassName.txt} (/letter/class) and the first of its ten splits, {@code
   * Training_01.txt} and {@code Testing_01.txt} (/letter/class/image.jpg), with 50 images per class
   * each.
   */
  public static ImageList sun397(Path folder) {
    List<String> classes = ListFile.read(folder, "ClassName.txt", 1).names();
    ImageList list =
        new ImageList(
            classes,
            paths(folder, "Training_01.txt", "SUN397", "", classes),
            paths(folder, "Testing_01.txt", "SUN397", "", classes));
    return new ImageList(
        classes.stream().map(name -> name.replaceFirst("^/./", "")).toList(),
        list.train(),
        list.test());
  }

  /** Images whose path begins with their class. */
  private static List<Entry> paths(
      Path folder, String list, String images, String extension, List<String> classes) {
    Map<String, Integer> labels = labels(classes);
    List<Entry> entries = new ArrayList<>();
    for (Line line : ListFile.read(folder, list, 1).lines()) {
      String path = line.text(0);
      String name = path.substring(0, Math.max(path.lastIndexOf('/'), 0));
      Path file = folder.resolve(images).resolve(path.replaceFirst("^/", "") + extension);
      entries.add(new Entry(file, label(line, name, labels)));
    }
    return entries;
  }

  /**
   * Oxford-IIIT Pets: {@code annotations/trainval.txt} and {@code annotations/test.txt} (image,
   * class from 1, and two columns that are ignored). The name of a class is that of its images
   * without their numbers.
   */
  public static ImageList pets(Path folder) {
    Map<Integer, String> names = new TreeMap<>();
    List<Entry> train = pets(folder, "trainval.txt", names);
    List<Entry> test = pets(folder, "test.txt", names);
    List<Integer> numbers = List.copyOf(names.keySet());
    if (numbers.get(numbers.size() - 1) != numbers.size()) {
      throw DataSetException.malformed(
          folder.resolve("annotations"),
          "images of all classes from 1 to %d".formatted(numbers.get(numbers.size() - 1)),
          "%d classes".formatted(numbers.size()),
          "copy or unpack the files again");
    }
    return new ImageList(List.copyOf(names.values()), train, test);
  }

  private static List<Entry> pets(Path folder, String list, Map<Integer, String> names) {
    List<Entry> entries = new ArrayList<>();
    for (Line line : ListFile.read(folder.resolve("annotations"), list, 4).lines()) {
      String image = line.text(0);
      int number = line.number(1, 1, Short.MAX_VALUE);
      String name = image.substring(0, Math.max(image.lastIndexOf('_'), 0));
      if (!name.equals(names.computeIfAbsent(number, n -> name))) {
        throw line.malformed(
            "an image of class %d, which is %s, in columns 1 and 2"
                .formatted(number, names.get(number)));
      }
      entries.add(new Entry(folder.resolve("images").resolve(image + JPEG), number - 1));
    }
    return entries;
  }

  private static Map<String, Integer> labels(List<String> classes) {
    Map<String, Integer> labels = new HashMap<>();
    for (int label = 0; label < classes.size(); label++) {
      labels.put(classes.get(label), label);
    }
    return labels;
  }

  private static int label(Line line, String name, Map<String, Integer> labels) {
    Integer label = labels.get(name);
    if (label == null) {
      throw line.malformed("a known class");
    }
    return label;
  }
}
