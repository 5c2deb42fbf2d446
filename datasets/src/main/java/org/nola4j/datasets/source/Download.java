// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloads published files into a folder. A file appears there complete and verified, or not at
 * all.
 */
public final class Download {
  private static final Logger log = LoggerFactory.getLogger(Download.class);

  /** How much longer a gzipped file may be than its contents. */
  private static final int WRAPPER_BYTES = 1 << 16;

  private final List<PublishedFile> files;
  private final List<URI> mirrors;
  private final Path folder;
  private final Transfer transfer;

  /**
   * Creates a download.
   *
   * @param files the files
   * @param mirrors addresses of folders with all of these files, gzipped, in order of preference,
   *     each ending in a slash
   * @param folder the target folder
   * @param downloader opens addresses
   */
  public Download(
      List<PublishedFile> files, List<URI> mirrors, Path folder, Downloader downloader) {
    this.files = List.copyOf(files);
    this.mirrors = List.copyOf(mirrors);
    this.folder = folder;
    transfer = new Transfer(downloader);
  }

  /**
   * Downloads the files that are missing in {@code folder}.
   *
   * @throws IOException if one cannot be downloaded; the message lists every address tried and why
   *     it failed
   */
  public void fetchMissing() throws IOException {
    Files.createDirectories(folder);
    for (PublishedFile file : files) {
      if (file.in(folder).isEmpty()) {
        fetch(file);
      }
    }
  }

  private void fetch(PublishedFile file) throws IOException {
    List<String> failures = new ArrayList<>();
    for (URI mirror : mirrors) {
      URI address = mirror.resolve(file.gzipName());
      try {
        fetch(file, address);
        return;
      } catch (IOException e) {
        log.warn("{} could not be downloaded: {}", address, Transfer.describe(e));
        failures.add(address + ": " + Transfer.describe(e));
      }
    }
    throw new IOException(String.join("\n  ", failures));
  }

  private void fetch(PublishedFile file, URI address) throws IOException {
    log.info("downloading {} to {}", address, folder);
    Path temporary = Files.createTempFile(folder, "." + file.name(), ".part");
    try {
      transfer.copy(address, temporary, file.bytes() + WRAPPER_BYTES);
      verify(file, temporary);
      Files.move(temporary, folder.resolve(file.gzipName()), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    log.info("{} is complete, and its SHA-256 matches", file.gzipName());
  }

  private static void verify(PublishedFile file, Path downloaded) throws IOException {
    MessageDigest digest = Contents.sha256();
    int length;
    try (InputStream in = new DigestInputStream(Contents.open(downloaded), digest)) {
      length = in.readNBytes(file.bytes()).length;
      length += in.read() < 0 ? 0 : 1; // one byte only: a malicious stream could be endless
    }
    String sha256 = Contents.hex(digest);
    if (length != file.bytes() || !sha256.equals(file.sha256())) {
      throw new IOException(
          "its contents are not the published ones: their SHA-256 is %s, expected %s"
              .formatted(sha256, file.sha256()));
    }
  }
}
