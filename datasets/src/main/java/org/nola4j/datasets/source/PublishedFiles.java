// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Files of a published set that lie in a folder of their own. */
public interface PublishedFiles {
  /** The folder's name. */
  String name();

  /** What is missing in {@code folder}; empty if the set is complete. */
  List<String> lackingIn(Path folder);

  /** What a person has to put into the folder: an introduction and a list, line by line. */
  String wanted();

  /** What to use if the files are not available, for messages. */
  String alternative();

  /**
   * Downloads what is missing in {@code folder} from the set's public addresses.
   *
   * @throws IOException if that fails; the message says why
   */
  void download(Path folder, Downloader downloader) throws IOException;
}
