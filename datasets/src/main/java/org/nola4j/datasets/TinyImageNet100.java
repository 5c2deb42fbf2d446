package org.nola4j.datasets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A hundred of Tiny ImageNet's classes, 3x64x64: original JPEG files in containers. The published
 * validation images, 50 a class, are the test split, as those of the test have no public labels.
 */
final class TinyImageNet100 implements FileSet {
  static final String NAME = "tiny-imagenet-100";
  static final List<String> TRAIN_JPEGS =
      IntStream.range(0, 5).mapToObj("train-%d.jpegs"::formatted).toList();
  static final String TEST_JPEGS = "val.jpegs";
  static final String CLASSES = "classes.tsv";

  private static final int SIZE = 64;
  private static final int COLUMNS = 3;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> lackingIn(Path folder) {
    return names().filter(name -> !DataFile.isIn(folder, name)).toList();
  }

  @Override
  public String wanted() {
    return "Put these files, gzipped or plain,\n  "
        + String.join(
            "\n  ", names().map(name -> name.endsWith("s") ? name + ".gz" : name).toList());
  }

  @Override
  public String standIn() {
    return SyntheticShapes.NAME;
  }

  @Override
  public void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("these files have no public address");
  }

  @Override
  public ImageSplits open(Path folder) {
    List<String> classes = readClasses(DataFile.find(folder, CLASSES));
    return new TrainTest(
            read("train", classes, folder, TRAIN_JPEGS),
            read("test", classes, folder, List.of(TEST_JPEGS)))
        .splits();
  }

  private static LabeledImages read(
      String split, List<String> classes, Path folder, List<String> files) {
    ImageSetInfo info =
        new ImageSetInfo(NAME, split, 3, SIZE, SIZE, classes.size(), false, classes, "");
    return new JpegContainerReader(info)
        .read(files.stream().map(name -> DataFile.find(folder, name)).toList());
  }

  /** Lines of label, WordNet id and words; labels count from 0. */
  private static List<String> readClasses(Path file) {
    List<String> classes = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(Contents.open(file), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS || !columns[0].equals(Integer.toString(classes.size()))) {
          throw DataSetException.malformed(
              file,
              "label %d, WordNet id and words, with tabs between, in line %d"
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
      throw DataSetException.malformed(file, "one class a line", "none", "copy the file again");
    }
    return classes;
  }

  private static Stream<String> names() {
    return Stream.of(Stream.of(CLASSES), TRAIN_JPEGS.stream(), Stream.of(TEST_JPEGS))
        .flatMap(s -> s);
  }
}
