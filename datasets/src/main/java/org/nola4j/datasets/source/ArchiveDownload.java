package org.nola4j.datasets.source;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;
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
  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_BYTES = 12;
  private static final int TYPE_AT = 156;

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

  /** Reads the tar format as far as it matters: regular files, in blocks of 512 bytes. */
  private void unpack(Path archive, Path folder) throws IOException {
    Set<String> missing = new HashSet<>(files);
    try (InputStream in = Contents.open(archive)) {
      while (!missing.isEmpty()) {
        byte[] header = in.readNBytes(BLOCK);
        if (header.length < BLOCK || header[0] == 0) {
          throw new IOException("the archive lacks " + missing);
        }
        String path = text(header, 0, NAME_BYTES);
        String name = path.substring(path.lastIndexOf('/') + 1);
        long size = size(text(header, SIZE_AT, SIZE_BYTES).strip());
        boolean regular = header[TYPE_AT] == '0' || header[TYPE_AT] == 0;
        if (regular && missing.remove(name)) {
          save(in, size, folder, name);
        } else {
          in.skipNBytes(size);
        }
        in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
      }
    }
  }

  private static void save(InputStream in, long size, Path folder, String name) throws IOException {
    Path temporary = Files.createTempFile(folder, "." + name, ".part");
    try {
      try (OutputStream out = Files.newOutputStream(temporary)) {
        copy(in, size, out, name);
      }
      Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void copy(InputStream in, long size, OutputStream out, String name)
      throws IOException {
    byte[] part = new byte[1 << 16];
    for (long left = size; left > 0; ) {
      int count = in.read(part, 0, (int) Math.min(part.length, left));
      if (count < 0) {
        throw new EOFException("the archive ends in " + name);
      }
      out.write(part, 0, count);
      left -= count;
    }
  }

  private static long size(String octal) throws IOException {
    try {
      long size = Long.parseLong(octal, 8);
      if (size >= 0) {
        return size;
      }
    } catch (NumberFormatException e) {
      // The message below says it.
    }
    throw new IOException("expected a file's size in octal digits, found '" + octal + "'");
  }

  private static String text(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.US_ASCII);
  }
}
