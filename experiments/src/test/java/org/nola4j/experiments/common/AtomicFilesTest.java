// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path folder;

  @Test
  void missingFoldersAreMadeAndContentReplaced() throws IOException {
    Path file = folder.resolve("a/b/file.txt");
    AtomicFiles.write(file, out -> out.write("old and longer".getBytes(UTF_8)));
    AtomicFiles.write(file, out -> out.write("new".getBytes(UTF_8)));
    assertEquals("new", Files.readString(file));
    assertEquals(List.of("file.txt"), names(file.getParent()));
  }

  @Test
  void failureWhileWritingLeavesTheOldFileAndNoOther() throws IOException {
    Path file = folder.resolve("file.txt");
    Files.writeString(file, "old");
    IOException failure =
        assertThrows(
            IOException.class,
            () ->
                AtomicFiles.write(
                    file,
                    out -> {
                      out.write("half".getBytes(UTF_8));
                      out.flush();
                      assertEquals("old", Files.readString(file));
                      throw new IOException("disk full");
                    }));
    assertEquals("disk full", failure.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("file.txt"), names(folder));
  }

  @Test
  void everybodyWhoMayReadNewFilesMayReadThese() throws IOException {
    Path file = folder.resolve("file.txt");
    Path plain = Files.writeString(folder.resolve("plain.txt"), "");
    AtomicFiles.write(file, out -> out.write(1));
    assertTrue(Files.getPosixFilePermissions(file).equals(Files.getPosixFilePermissions(plain)));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
