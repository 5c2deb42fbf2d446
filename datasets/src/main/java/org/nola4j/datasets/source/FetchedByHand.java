// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A published set without a public address: whoever wants it puts its files into a folder. */
public class FetchedByHand implements PublishedFiles {
  private final String name;
  private final String origin;
  private final List<String> files;
  private final String alternative;

  /**
   * A set.
   *
   * @param name the folder's
   * @param origin whom the files are from
   * @param files those it needs, without {@code .gz}
   * @param alternative what to use instead
   */
  public FetchedByHand(String name, String origin, List<String> files, String alternative) {
    this.name = name;
    this.origin = origin;
    this.files = List.copyOf(files);
    this.alternative = alternative;
  }

  @Override
  public final String name() {
    return name;
  }

  /** Whom the files are from. */
  protected final String origin() {
    return origin;
  }

  /** The files it needs, without {@code .gz}. */
  protected final List<String> files() {
    return files;
  }

  @Override
  public final List<String> lackingIn(Path folder) {
    return files.stream().filter(file -> !DataFile.isIn(folder, file)).toList();
  }

  @Override
  public final String wanted() {
    return "Put the files of %s,\n  %s (plain, or gzipped as .gz),"
        .formatted(origin, String.join(", ", files));
  }

  @Override
  public final String alternative() {
    return alternative;
  }

  @Override
  public final void download(Path folder, Downloader downloader) throws IOException {
    throw new IOException("it has to be fetched by hand");
  }
}
