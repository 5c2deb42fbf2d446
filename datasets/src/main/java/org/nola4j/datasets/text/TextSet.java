// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.nio.file.Path;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.FetchedByHand;

/** A published set of labeled texts. */
abstract class TextSet extends FetchedByHand {
  private final String setName;
  private final int classes;

  /**
   * A set.
   *
   * @param folder its folder's name
   * @param setName what users call it
   * @param origin whom the files are from
   */
  TextSet(String folder, String setName, String origin, List<String> files, int classes) {
    super(folder, origin, files, "a file of your own, FILE.csv with the columns label and text");
    this.setName = setName;
    this.classes = classes;
  }

  final String setName() {
    return setName;
  }

  final int classes() {
    return classes;
  }

  /**
   * Opens the set in a folder that has all files.
   *
   * @throws DataSetException if they are no good
   */
  abstract TextSplits open(Path folder);
}
