// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.nio.file.Path;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.FetchedByHand;

/** A published set of labeled texts. */
abstract class TextSet extends FetchedByHand {
  /** What users call it; its folder has another name. */
  abstract String setName();

  abstract int classes();

  /**
   * Opens the set in a folder that has all files.
   *
   * @throws DataSetException if they are no good
   */
  abstract TextSplits open(Path folder);

  @Override
  public final String alternative() {
    return "a file of your own, FILE.csv with the columns label and text";
  }
}
