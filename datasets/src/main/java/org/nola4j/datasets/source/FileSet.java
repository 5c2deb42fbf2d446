// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.nio.file.Path;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;

/** A set of images that is read from the files in a folder of its own, called as the set. */
public interface FileSet extends PublishedFiles {
  /** How many classes the published set has. */
  int classes();

  /** The generated set that serves where there are no files. */
  String standIn();

  @Override
  default String alternative() {
    return "the generated data set %s, which needs no files".formatted(standIn());
  }

  /**
   * Opens the set in a folder that lacks nothing.
   *
   * @throws DataSetException if the files are no good
   */
  ImageSplits<?> open(Path folder);
}
