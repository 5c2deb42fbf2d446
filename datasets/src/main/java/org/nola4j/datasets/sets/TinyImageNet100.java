// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSetInfo;
import org.nola4j.datasets.ImageSplits;
import org.nola4j.datasets.LabeledImages;
import org.nola4j.datasets.format.JpegSetReader;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.FileSet;
import org.nola4j.datasets.synthetic.SyntheticShapes;

/**
 * A hundred classes of Tiny ImageNet, 3x64x64, from the folder that the published archive unpacks
 * to or from containers of the same JPEG files. The published validation images, 50 per class, are
 * the test split, since the labels of the test images are not public.
 */
final class TinyImageNet100 implements FileSet {
  static final List<String> TRAIN_JPEGS =
      IntStream.range(0, 5).mapToObj("train-%d.jpegs"::formatted).toList();
  static final String TEST_JPEGS = "val.jpegs";
  static final String CLASSES = "classes.tsv";

  private static final int CLASS_COUNT = 100;
  private static final int COLUMNS = 3;

  @Override
  public String name() {
    return TinyImageNetFolder.SET;
  }

  @Override
  public int classes() {
    return CLASS_COUNT;
  }

  @Override
  public List<String> lackingIn(Path folder) {
    List<String> containers = containers().filter(name -> !DataFile.isIn(folder, name)).toList();
    return containers.isEmpty() ? containers : published(folder).lacking();
  }

  @Override
  public String wanted() {
    return "Unpack http://cs231n.stanford.edu/tiny-imagenet-200.zip";
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("it must be downloaded by hand from cs231n.stanford.edu");
  }

  @Override
  public ImageSplits<?> open(Path folder) {
    boolean inContainers = containers().allMatch(name -> DataFile.isIn(folder, name));
    return (inContainers ? readContainers(folder) : published(folder).read());
  }

  private static TinyImageNetFolder published(Path folder) {
    return new TinyImageNetFolder(folder.resolve(TinyImageNetFolder.FOLDER));
  }

  private static ImageSplits<LabeledImages> readContainers(Path folder) {
    List<String> classes = readClasses(DataFile.find(folder, CLASSES));
    return new ImageSplits<>(
        read(TinyImageNetFolder.info("train", classes), folder, TRAIN_JPEGS),
        read(TinyImageNetFolder.info("test", classes), folder, List.of(TEST_JPEGS)));
  }

  private static LabeledImages read(ImageSetInfo info, Path folder, List<String> files) {
    return new JpegSetReader(info)
        .read(files.stream().map(name -> DataFile.find(folder, name)).toList());
  }

  /** Reads lines of label, WordNet ID, and words; labels count from 0. */
  private static List<String> readClasses(Path file) {
    List<String> classes = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(Contents.open(file), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS || !columns[0].equals(Integer.toString(classes.size()))) {
          throw DataSetException.malformed(
              file,
              "label %d, WordNet ID, and words, separated by tabs, in line %d"
                  .formatted(classes.size(), classes.size() + 1),
              "'" + line + "'",
              "copy the file again");
        }
        classes.add(columns[2]);
      }
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e, e);
    }
    if (classes.isEmpty()) {
      throw DataSetException.malformed(file, "one class per line", "none", "copy the file again");
    }
    return classes;
  }

  private static Stream<String> containers() {
    return Stream.of(Stream.of(CLASSES), TRAIN_JPEGS.stream(), Stream.of(TEST_JPEGS))
        .flatMap(s -> s);
  }
}
