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
 * A set that is published as one gzipped tar archive. Its files appear in the set's folder whole
 * and verified, or not at all; folders in the archive are left out.
 *
 * @param address of the archive
 * @param bytes the most that the archive can have
 * @param sha256 of the archive as it is transferred; lower-case hex
 * @param files names of the files that are wanted, without folders
 */
public record ArchiveDownload(URI address, int bytes, String sha256, Set<String> files) {
  private static final Logger log = LoggerFactory.getLogger(ArchiveDownload.class);

  public ArchiveDownload {
    files = Set.copyOf(files);
  }

  /**
   * Fetches the archive and unpacks its files into {@code folder}.
   *
   * @throws IOException if it cannot be fetched or is another one; the message names the address
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
    log.info("{} is complete, SHA-256 as published", address);
  }

  private void verify(Path archive) throws IOException {
    MessageDigest digest = Contents.sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(archive), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    String found = Contents.hex(digest);
    if (!found.equals(sha256)) {
      throw new IOException(
          "it is not the published archive: SHA-256 %s, expected %s".formatted(found, sha256));
    }
  }

  /** The digest was compared before, so the archive is not longer than the published one. */
  private void unpack(Path archive, Path folder) throws IOException {
    Set<String> missing = new HashSet<>(files);
    try (InputStream in = Contents.open(archive);
        TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      while (!missing.isEmpty()) {
        ArchiveEntry next = tar.getNextEntry();
        if (next == null) {
          throw new IOException("the archive lacks " + missing);
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
          "%s has %d bytes, more than the archive can have".formatted(name, entry.getSize()));
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
