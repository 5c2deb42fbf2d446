// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A published set without a public address: whoever wants it puts its files into a folder. */
public abstract class FetchedByHand implements PublishedFiles {
  /** The files it needs, without {@code .gz}. */
  protected abstract List<String> files();

  /** Whom the files are from. */
  protected abstract String origin();

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
  public final void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("it has to be fetched by hand");
  }
}
