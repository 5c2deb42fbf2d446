// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.ImageSplits;

/** A data set that is read from the files in a folder of its own. */
public interface FileSet {
  /** The set's name, and its folder's. */
  String name();

  /** How many classes the published set has. */
  int classes();

  /** What is not in {@code folder}; empty if the set is complete there. */
  List<String> lackingIn(Path folder);

  /** What a person has to put into the folder: a line that introduces a list, then its lines. */
  String wanted();

  /** The generated set that serves where there are no files. */
  String standIn();

  /** What to use where the files are not available, for a message. */
  default String alternative() {
    return "the generated data set %s, which needs no files".formatted(standIn());
  }

  /**
   * Fetches what {@code folder} lacks from the set's public addresses.
   *
   * @throws IOException if it cannot be had; the message says why not
   */
  void download(Path folder, Downloader downloader) throws IOException;

  /**
   * Opens the set in a folder that lacks nothing.
   *
   * @throws DataSetException if the files are no good
   */
  ImageSplits<?> open(Path folder);
}
