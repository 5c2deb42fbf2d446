// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A set that is published as one gzipped tar archive. A file appears in the set's folder complete
 * and verified, or not at all; folders in the archive are flattened.
 *
 * @param address the archive's address
 * @param bytes upper limit for the size of the archive
 * @param sha256 SHA-256 of the archive as transferred, in lowercase hex
 * @param files names of the files to extract, without folders
 */
public record ArchiveDownload(URI address, int bytes, String sha256, Set<String> files) {
  private static final Logger log = LoggerFactory.getLogger(ArchiveDownload.class);

  public ArchiveDownload {
    files = Set.copyOf(files);
  }

  /**
   * Downloads the archive and unpacks its files into {@code folder}.
   *
   * @throws IOException if it cannot be downloaded or its SHA-256 differs; the message names the
   *     address
   */
  public void fetch(Path folder, Downloader downloader) throws IOException {
    Files.createDirectories(folder);
    log.info("downloading {} to {}", address, folder);
    Path archive = Files.createTempFile(folder, ".archive", ".part");
    try {
      new Transfer(downloader).copy(address, archive, bytes);
      verify(archive);
      unpack(archive, folder);
    } catch (IOException e) {
      throw new IOException(address + ": " + Transfer.describe(e), e);
    } finally {
      Files.deleteIfExists(archive);
    }
    log.info("{} is complete, and its SHA-256 matches", address);
  }

  private void verify(Path archive) throws IOException {
    MessageDigest digest = Contents.sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(archive), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    String found = Contents.hex(digest);
    if (!found.equals(sha256)) {
      throw new IOException(
          "it is not the published archive: its SHA-256 is %s, expected %s"
              .formatted(found, sha256));
    }
  }

  /** The digest was compared before, so this is the published archive. */
  private void unpack(Path archive, Path folder) throws IOException {
    Set<String> missing = new HashSet<>(files);
    try (InputStream in = Contents.open(archive);
        TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      while (!missing.isEmpty()) {
        ArchiveEntry next = tar.getNextEntry();
        if (next == null) {
          throw new IOException("the archive does not have " + missing);
        }
        String name = next.getName().substring(next.getName().lastIndexOf('/') + 1);
        if (next instanceof TarArchiveEntry entry && entry.isFile() && missing.remove(name)) {
          save(tar, entry, folder, name);
        }
      }
    }
  }

  private void save(TarArchiveInputStream tar, TarArchiveEntry entry, Path folder, String name)
      throws IOException {
    if (entry.getSize() > bytes) {
      throw new IOException(
          "%s has %d bytes, which is more than the limit for the archive"
              .formatted(name, entry.getSize()));
    }
    Path temporary = Files.createTempFile(folder, "." + name, ".part");
    try {
      Files.copy(tar, temporary, StandardCopyOption.REPLACE_EXISTING);
      Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
