// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.sets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.datasets.format.IdxWriter;
import org.nola4j.datasets.format.ImageFiles;
import org.nola4j.datasets.source.ArchiveDownload;
import org.nola4j.datasets.source.Contents;
import org.nola4j.datasets.source.Downloader;

class ArchiveDownloadTest {
  private static final URI ADDRESS = URI.create("http://mirror.invalid/set.tar.gz");
  private static final byte[] A = "first".getBytes(US_ASCII);
  private static final byte[] B = new byte[600];
  private static final byte[] ARCHIVE =
      IdxWriter.gzip(
          ImageFiles.concat(
              entry("set/", '5', new byte[0]),
              entry("set/readme.html", '0', new byte[513]),
              entry("set/a.bin", '0', A),
              entry("set/b.bin", '0', B),
              new byte[1024]));

  @TempDir private Path folder;

  @Test
  void filesThatAreWantedArriveAndNothingElse() throws IOException {
    fetch(ARCHIVE, "a.bin", "b.bin");
    assertEquals(List.of("a.bin", "b.bin"), filesLeft());
    assertArrayEquals(A, Files.readAllBytes(folder.resolve("a.bin")));
    assertArrayEquals(B, Files.readAllBytes(folder.resolve("b.bin")));
  }

  @Test
  void anotherArchiveLeavesNothing() throws IOException {
    byte[] other = ARCHIVE.clone();
    other[other.length - 1] ^= 1;
    assertFailure("it is not the published archive: its SHA-256 is ", other, "a.bin");
    assertFailure("it is not", Arrays.copyOf(ARCHIVE, ARCHIVE.length - 1), "a.bin");
    assertFailure("it is longer than 10000 bytes", new byte[20_000], "a.bin");
  }

  @Test
  void whatTheArchiveLacksIsNamed() throws IOException {
    assertFailure("the archive does not have [c.bin]", ARCHIVE, "c.bin");
  }

  /** As a published archive would be that was cut before its digest was taken. */
  @Test
  void archiveThatEndsWithinAFileLeavesNothing() throws IOException {
    byte[] cut = IdxWriter.gzip(Arrays.copyOf(entry("b.bin", '0', B), 512 + 100));
    IOException e =
        assertThrows(
            IOException.class,
            () -> download(cut, "b.bin").fetch(folder, address -> new ByteArrayInputStream(cut)));
    assertTrue(e.getMessage().contains("Truncated TAR archive"), e.getMessage());
    assertEquals(List.of(), filesLeft());
  }

  @Test
  void fileThatIsLongerThanTheArchiveCanBeIsNotUnpacked() throws IOException {
    byte[] bomb = IdxWriter.gzip(entry("b.bin", '0', new byte[20_000]));
    IOException e =
        assertThrows(
            IOException.class,
            () -> download(bomb, "b.bin").fetch(folder, address -> new ByteArrayInputStream(bomb)));
    assertEquals(
        ADDRESS + ": b.bin has 20000 bytes, which is more than the limit for the archive",
        e.getMessage());
    assertEquals(List.of(), filesLeft());
  }

  @Test
  void silentServerIsNamed() {
    ArchiveDownload download = download(ARCHIVE, "a.bin");
    Downloader silent =
        address -> {
          throw new IOException("no network");
        };
    IOException e = assertThrows(IOException.class, () -> download.fetch(folder, silent));
    assertEquals(ADDRESS + ": no network", e.getMessage());
  }

  private void assertFailure(String reason, byte[] sent, String... files) throws IOException {
    IOException e = assertThrows(IOException.class, () -> fetch(sent, files));
    assertTrue(e.getMessage().startsWith(ADDRESS + ": " + reason), e.getMessage());
    assertEquals(List.of(), filesLeft());
  }

  private void fetch(byte[] sent, String... files) throws IOException {
    download(ARCHIVE, files).fetch(folder, address -> new ByteArrayInputStream(sent));
  }

  private static ArchiveDownload download(byte[] archive, String... files) {
    MessageDigest digest = Contents.sha256();
    digest.update(archive);
    return new ArchiveDownload(ADDRESS, 10_000, Contents.hex(digest), Set.of(files));
  }

  private List<String> filesLeft() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static byte[] entry(String name, char type, byte[] contents) {
    int blocks = (contents.length + 511) / 512;
    return ByteBuffer.allocate(512 * (1 + blocks))
        .put(0, name.getBytes(US_ASCII))
        .put(124, "%011o".formatted(contents.length).getBytes(US_ASCII))
        .put(156, (byte) type)
        .put(512, contents)
        .array();
  }
}
