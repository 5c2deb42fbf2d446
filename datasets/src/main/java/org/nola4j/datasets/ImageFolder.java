package org.nola4j.datasets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A folder of image files, one sub-folder a class: JPEG or PNG, of any size, decoded to RGB each
 * time they are asked for, never all in memory.
 *
 * <p>Classes are numbered in the order of their folders' names, and images come class by class in
 * the order of their files' names; names are compared by their UTF-16 code units, whatever the
 * locale. Files that end neither in {@code .jpg}, {@code .jpeg} nor {@code .png}, in any case, and
 * hidden ones are passed over.
 *
 * <p><b>Corrupt files</b> show only when they are decoded. In the place of each the next intact
 * image of the same class is served, the first one following the last. So an index gives the same
 * image at all times, in resumed runs too, and labels stay right. Each corrupt file is named once
 * in the log; if there are more than one in a thousand images, and more than ten, {@link #image}
 * throws. A file that cannot be read, as on a failing disk, is an error at once.
 *
 * <p>Costs the names of the files in memory, and some 5 ms an image of 500x375 pixels.
 */
public final class ImageFolder implements ImageSet {
  private static final List<String> EXTENSIONS = List.of(".jpg", ".jpeg", ".png");

  private final ImageSetInfo info;
  private final List<Path> files;
  private final int[] labels;
  private final int[] firstOfClass;

  /** The images known to be corrupt: only saves decoding them in vain again. */
  private final Set<Integer> known = ConcurrentHashMap.newKeySet();

  private final CorruptImages corrupt;

  private ImageFolder(ImageSetInfo info, Path folder, List<Path> files, int[] firstOfClass) {
    this.info = info;
    this.files = files;
    this.firstOfClass = firstOfClass;
    labels = new int[files.size()];
    for (int label = 0; label < info.classes(); label++) {
      for (int i = firstOfClass[label]; i < firstOfClass[label + 1]; i++) {
        labels[i] = label;
      }
    }
    corrupt = new CorruptImages(folder.toString(), files.size());
  }

  /**
   * Lists the images; decodes none.
   *
   * @param name of the set
   * @param split of it, such as {@code train}
   * @param folder one that holds a folder a class
   * @return the set
   * @throws DataSetException if the folder cannot be listed, has no class or a class has no image
   */
  public static ImageFolder list(String name, String split, Path folder) {
    List<Path> classes = sorted(folder, Files::isDirectory);
    if (classes.isEmpty()) {
      throw DataSetException.malformed(
          folder, "one folder a class", "none", "put images into CLASS folders in it");
    }
    List<Path> files = new ArrayList<>();
    int[] firstOfClass = new int[classes.size() + 1];
    for (int label = 0; label < classes.size(); label++) {
      List<Path> images = sorted(classes.get(label), ImageFolder::isImage);
      if (images.isEmpty()) {
        throw DataSetException.malformed(
            classes.get(label), "images " + EXTENSIONS, "none", "add some or remove the folder");
      }
      files.addAll(images);
      firstOfClass[label + 1] = files.size();
    }
    List<String> names = classes.stream().map(ImageFolder::name).toList();
    ImageSetInfo info = new ImageSetInfo(name, split, 3, 0, 0, names.size(), false, names, "");
    return new ImageFolder(info, folder, List.copyOf(files), firstOfClass);
  }

  @Override
  public ImageSetInfo info() {
    return info;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int image) {
    return labels[Objects.checkIndex(image, size())];
  }

  @Override
  public Image image(int image) {
    int label = label(image);
    int classSize = firstOfClass[label + 1] - firstOfClass[label];
    try (ImageDecoder decoder = new ImageDecoder()) {
      int candidate = image;
      for (int tried = 0; tried < classSize; tried++) {
        if (!known.contains(candidate)) {
          Image decoded = tryDecode(decoder, candidate);
          if (decoded != null) {
            return decoded;
          }
        }
        candidate = candidate + 1 < firstOfClass[label + 1] ? candidate + 1 : firstOfClass[label];
      }
    }
    throw new DataSetException(
        "%s: none of the %d images of class %s is intact; copy or download them again"
            .formatted(files.get(image).getParent(), classSize, info.classNames().get(label)));
  }

  /** The file of an image, for messages. */
  Path file(int image) {
    return files.get(image);
  }

  /** Name, split and size. */
  @Override
  public String toString() {
    return info.describe(size());
  }

  private Image tryDecode(ImageDecoder decoder, int image) {
    Path file = files.get(image);
    try {
      return decoder.decode(Files.readAllBytes(file));
    } catch (CorruptImageException e) {
      corrupt.report(file.toString(), e.getMessage());
      known.add(image);
      return null;
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
  }

  private static List<Path> sorted(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !name(path).startsWith(".") && wanted.test(path))
          .sorted(Comparator.comparing(ImageFolder::name))
          .toList();
    } catch (IOException e) {
      throw new DataSetException(folder + ": cannot be listed: " + e, e);
    }
  }

  private static boolean isImage(Path path) {
    String name = name(path).toLowerCase(Locale.ROOT);
    return EXTENSIONS.stream().anyMatch(name::endsWith);
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }
}
