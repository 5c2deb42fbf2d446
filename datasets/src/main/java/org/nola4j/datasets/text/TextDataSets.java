// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.nio.file.Path;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;

/**
 * Opens sets of labeled texts by name.
 *
 * <table>
 * <caption>Known sets</caption>
 * <tr><th>name</th><th>texts</th><th>train</th><th>test</th><th>classes</th></tr>
 * <tr><td>{@code mmlu-subjects}</td><td>MMLU's questions, alone</td><td>1,816 (dev and val)</td>
 * <td>14,042</td><td>57 subjects</td></tr>
 * <tr><td>{@code webnlg-categories}</td><td>WebNLG 2017's texts</td><td>18,102</td>
 * <td>2,495 of the categories that were trained on</td><td>10</td></tr>
 * </table>
 *
 * <p>A name that ends in {@code .csv} or {@code .tsv} is that of a file (see {@link TextFile}),
 * whose texts are all to train on.
 */
public final class TextDataSets {
  private static final List<TextSet> SETS = List.of(new MmluSubjects(), new WebNlgCategories());

  private TextDataSets() {}

  /** The names of the published sets. */
  public static List<String> names() {
    return SETS.stream().map(TextSet::setName).toList();
  }

  /**
   * Opens a set.
   *
   * @param name one of {@link #names()}, or a file as {@link DataSource#file} finds it
   * @throws DataSetException if the name is unknown, or the files cannot be found or are invalid
   */
  public static TextSplits open(String name, DataSource source) {
    if (!TextFile.isNamedSo(name)) {
      TextSet set = set(name);
      return set.open(source.locate(set));
    }
    Path file = source.file(name);
    LabeledTexts train = TextFile.read(file);
    LabeledTexts none = LabeledTexts.of(name + " test", train.classes(), List.of(), List.of());
    return new TextSplits(train, none);
  }

  /**
   * The number of classes of a set; only your own files are read for that.
   *
   * @throws DataSetException as in {@link #open}
   */
  public static int classes(String name, DataSource source) {
    return TextFile.isNamedSo(name)
        ? TextFile.read(source.file(name)).classes().size()
        : set(name).classes();
  }

  private static TextSet set(String name) {
    return SETS.stream()
        .filter(set -> set.setName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new DataSetException(
                    "unknown set of texts '%s'; available: %s, or a file, FILE.csv or FILE.tsv"
                        .formatted(name, String.join(", ", names()))));
  }
}
