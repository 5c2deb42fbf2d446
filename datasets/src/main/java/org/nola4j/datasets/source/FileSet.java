// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.nio.file.Path;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;

/** A set of images that is read from the files in a folder of its own, called as the set. */
public interface FileSet extends PublishedFiles {
  /** The number of classes of the published set. */
  int classes();

  /** The generated set that can be used without files. */
  String standIn();

  @Override
  default String alternative() {
    return "the generated data set %s, which needs no files".formatted(standIn());
  }

  /**
   * Opens the set in a folder that is complete.
   *
   * @throws DataSetException if the files are invalid
   */
  ImageSplits<?> open(Path folder);
}
