// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.nlg;

import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;

/**
 * Opens sets for generating texts from data by name.
 *
 * <table>
 * <caption>Known sets: samples, and different contexts</caption>
 * <tr><th>name</th><th>train</th><th>validation</th><th>test</th></tr>
 * <tr><td>{@code e2e}</td><td>42,061 (4,862)</td><td>4,672 (547)</td><td>4,693 (630)</td></tr>
 * <tr><td>{@code webnlg}</td><td>18,025 (6,888)</td><td>2,258 (870)</td>
 * <td>4,928 (1,862, of which 891 of unseen categories)</td></tr>
 * <tr><td>{@code dart}</td><td>as you have it</td><td>6,980 (2,721)</td>
 * <td>12,552 (4,159)</td></tr>
 * </table>
 */
public final class NlgDataSets {
  private static final List<NlgFiles> SETS = List.of(new E2e(), new WebNlg(), new Dart());

  private NlgDataSets() {}

  /** The names of the sets. */
  public static List<String> names() {
    return SETS.stream().map(NlgFiles::setName).toList();
  }

  /**
   * Finds a set.
   *
   * @param name one of {@link #names()}
   * @throws DataSetException if the name is unknown or the files cannot be found
   */
  public static NlgSet open(String name, DataSource source) {
    NlgFiles files =
        SETS.stream()
            .filter(set -> set.setName().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new DataSetException(
                        "unknown set of data and texts '%s'; available: %s"
                            .formatted(name, String.join(", ", names()))));
    return new NlgSet(files, source.locate(files));
  }
}
