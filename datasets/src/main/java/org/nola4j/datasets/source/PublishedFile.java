// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A file of a published data set.
 *
 * @param name file name without {@code .gz}
 * @param bytes number of bytes of the uncompressed contents
 * @param sha256 SHA-256 of the uncompressed contents, in lowercase hex: the same file circulates in
 *     different gzip files
 */
public record PublishedFile(String name, int bytes, String sha256) {

  public String gzipName() {
    return name + ".gz";
  }

  /** The file in {@code folder}, gzipped or plain. */
  public Optional<Path> in(Path folder) {
    return DataFile.in(folder, name);
  }
}
