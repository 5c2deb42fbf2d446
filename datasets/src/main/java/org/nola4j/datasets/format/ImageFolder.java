// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSet;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.image.CorruptImageException;
import org.nola4j.datasets.image.Image;
import org.nola4j.datasets.image.ImageDecoder;

/**
 * Image files of any size below a folder, decoded to RGB on demand and never all in memory. They
 * are JPEG or PNG (or, as in some published sets, GIF or BMP, whatever their names).
 *
 * <p>{@link #list} expects one subfolder per class. Classes are numbered in the order of their
 * folders' names, and images come class by class in the order of their files' names. Names are
 * compared by UTF-16 code units whatever the locale, and must be decodable in it. Hidden files and
 * those that do not end in {@code .jpg}, {@code .jpeg}, or {@code .png} (in any case) are ignored.
 * Published sets that list their images have the order of their lists.
 *
 * <p><b>Corrupt files</b> are noticed when they are decoded. Each is replaced by the next intact
 * image of the same class in this set, wrapping around at the end. So an index always returns the
 * same image, in resumed runs too, and labels stay right. Each corrupt file is logged once. If
 * there are more than ten and more than one in a thousand images, {@link #image} throws. A file
 * that cannot be read, for example on a failing disk, is an error at once.
 *
 * <p>Keeps the file names in memory. Decoding an image of 500x375 pixels takes about 5 ms.
 */
public final class ImageFolder implements ImageSet {
  private static final List<String> EXTENSIONS = List.of(".jpg", ".jpeg", ".png");

  /** Java's replacement for bytes that cannot be decoded. */
  private static final char UNDECODABLE = '\uFFFD';

  /** Bytes of an image that go into the digest. */
  private static final int DIGEST_BYTES = 1024;

  private final ImageSetInfo info;
  private final Path folder;
  private final List<Path> files;
  private final int[] labels;

  /** The images of each class, ascending. */
  private final int[][] members;

  /** The images known to be corrupt, so that they are not decoded again. */
  private final Set<Integer> known = ConcurrentHashMap.newKeySet();

  private final CorruptImages corrupt;

  private ImageFolder(ImageSetInfo info, Path folder, List<Path> files, int[] labels) {
    this.info = info;
    this.folder = folder;
    this.files = files;
    this.labels = labels;
    members = members(labels, info.classes());
    corrupt = new CorruptImages(folder.toString(), files.size());
  }

  private static int[][] members(int[] labels, int classes) {
    int[] counts = new int[classes];
    for (int label : labels) {
      counts[label]++;
    }
    int[][] members = new int[classes][];
    Arrays.setAll(members, label -> new int[counts[label]]);
    for (int image = labels.length - 1; image >= 0; image--) {
      members[labels[image]][--counts[labels[image]]] = image;
    }
    return members;
  }

  /**
   * Files that a list names.
   *
   * @param folder the folder they are in, for messages
   * @param labels one per file, within the classes of {@code info}
   * @throws IllegalArgumentException if there are no files
   */
  static ImageFolder of(ImageSetInfo info, Path folder, List<Path> files, int[] labels) {
    if (labels.length == 0) {
      throw new IllegalArgumentException(
          "%s %s has no images".formatted(info.name(), info.split()));
    }
    return new ImageFolder(info, folder, List.copyOf(files), labels);
  }

  /**
   * Lists the images without decoding any.
   *
   * @param name name of the set
   * @param split name of the split, such as {@code train}
   * @param folder a folder with one subfolder per class
   * @return the set
   * @throws DataSetException if the folder cannot be listed, has no classes, or a class has no
   *     images
   */
  public static ImageFolder list(String name, String split, Path folder) {
    return list(name, split, "", folder, Set.of());
  }

  /** Like {@link #list(String, String, Path)}, with some folders ignored and a note added. */
  public static ImageFolder list(
      String name, String split, String note, Path folder, Set<String> without) {
    List<Path> classes =
        sorted(folder, path -> Files.isDirectory(path) && !without.contains(name(path)));
    if (classes.isEmpty()) {
      throw DataSetException.malformed(
          folder, "one folder per class", "none", "put images into CLASS folders in it");
    }
    List<Path> files = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      List<Path> images = sorted(classes.get(label), ImageFolder::isImage);
      if (images.isEmpty()) {
        throw DataSetException.malformed(
            classes.get(label), "images " + EXTENSIONS, "none", "add some or remove the folder");
      }
      files.addAll(images);
      labels.addAll(Collections.nCopies(images.size(), label));
    }
    List<String> names = classes.stream().map(ImageFolder::name).toList();
    ImageSetInfo info = new ImageSetInfo(name, split, 3, 0, 0, names.size(), false, names, note);
    return of(info, folder, files, labels.stream().mapToInt(Integer::intValue).toArray());
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
    int[] candidates = members[label];
    int place = Arrays.binarySearch(candidates, image);
    try (ImageDecoder decoder = new ImageDecoder()) {
      for (int i = 0; i < candidates.length; i++) {
        int candidate = candidates[(place + i) % candidates.length];
        if (!known.contains(candidate)) {
          Image decoded = tryDecode(decoder, candidate);
          if (decoded != null) {
            return decoded;
          }
        }
      }
    }
    throw new DataSetException(
        "%s: all %d images of class %s are corrupt; copy or download them again"
            .formatted(
                files.get(image).getParent(), candidates.length, info.labelNames().get(label)));
  }

  @Override
  public void digest(int image, MessageDigest digest) {
    Path file = files.get(image);
    String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer bytes = ByteBuffer.allocate(DIGEST_BYTES + Long.BYTES).putLong(channel.size());
      long at = Math.max(0, (channel.size() - DIGEST_BYTES) / 2);
      for (int read = 0; read >= 0 && bytes.hasRemaining(); at += read) {
        read = channel.read(bytes, at);
      }
      digest.update(bytes.flip());
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
  }

  @Override
  public ImageFolder select(int... images) {
    return select(info, images, 0);
  }

  @Override
  public ImageFolder classes(int first, int last) {
    return select(info.ofClasses(first, last), imagesOfClasses(first, last), first);
  }

  @Override
  public ImageFolder shots(int perClass, long seed) {
    return (ImageFolder) ImageSet.super.shots(perClass, seed);
  }

  @Override
  public ImageFolder withoutShots(int perClass, long seed) {
    return (ImageFolder) ImageSet.super.withoutShots(perClass, seed);
  }

  /** The same images as another split of the set. */
  public ImageFolder asSplit(String split) {
    return new ImageFolder(info.ofSplit(split), folder, files, labels);
  }

  private ImageFolder select(ImageSetInfo of, int[] images, int firstClass) {
    return of(
        of,
        folder,
        Arrays.stream(images).mapToObj(files::get).toList(),
        Arrays.stream(images).map(image -> label(image) - firstClass).toArray());
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
      List<Path> sorted =
          entries
              .filter(path -> !name(path).startsWith(".") && wanted.test(path))
              .sorted(Comparator.comparing(ImageFolder::name))
              .toList();
      sorted.forEach(ImageFolder::requireDecodedName);
      return sorted;
    } catch (IOException e) {
      throw new DataSetException(folder + ": cannot be listed: " + e, e);
    }
  }

  /** Names that Java cannot decode look alike, so classes would be numbered at random. */
  private static void requireDecodedName(Path path) {
    if (name(path).indexOf(UNDECODABLE) >= 0) {
      throw DataSetException.malformed(
          path.getParent(),
          "names that can be decoded as " + System.getProperty("sun.jnu.encoding"),
          "'%s'".formatted(name(path)),
          "set LC_ALL=C.UTF-8, or rename it if its name is not UTF-8");
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
