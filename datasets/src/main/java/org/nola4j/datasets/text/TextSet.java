// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataFile;
import org.nola4j.datasets.source.Downloader;
import org.nola4j.datasets.source.PublishedFiles;

/** A published set of labeled texts. */
abstract class TextSet implements PublishedFiles {
  /** What users call it; its folder has another name. */
  abstract String setName();

  abstract int classes();

  /** The files it needs, without {@code .gz}. */
  abstract List<String> files();

  /** Whom the files are from. */
  abstract String origin();

  /**
   * Opens the set in a folder that has all files.
   *
   * @throws DataSetException if they are no good
   */
  abstract TextSplits open(Path folder);

  @Override
  public final List<String> lackingIn(Path folder) {
    return files().stream().filter(file -> !DataFile.isIn(folder, file)).toList();
  }

  @Override
  public final String wanted() {
    return "Put the files of %s,\n  %s (plain, or gzipped as .gz),"
        .formatted(origin(), String.join(", ", files()));
  }

  @Override
  public final String alternative() {
    return "a file of your own, FILE.csv with the columns label and text";
  }

  @Override
  public final void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("it has to be fetched by hand");
  }
}
