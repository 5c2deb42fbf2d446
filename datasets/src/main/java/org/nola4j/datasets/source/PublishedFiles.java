// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Files of a published set that lie in a folder of their own. */
public interface PublishedFiles {
  /** The folder's name. */
  String name();

  /** What is not in {@code folder}; empty if the set is complete there. */
  List<String> lackingIn(Path folder);

  /** What a person has to put into the folder: a line that introduces a list, then its lines. */
  String wanted();

  /** What to use where the files are not available, for a message. */
  String alternative();

  /**
   * Fetches what {@code folder} lacks from the set's public addresses.
   *
   * @throws IOException if it cannot be had; the message says why not
   */
  void download(Path folder, Downloader downloader) throws IOException;
}
