// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  /** A limit on the size of files stands for a disk without space. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void fullDiskIsReportedWithTheFileWhichStaysTheOldOne() throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String command = "ulimit -f 64; exec \"$0\" -XX:-UsePerfData -cp \"$1\" \"$2\" \"$3\"";
    Process process =
        new ProcessBuilder(
                "bash",
                "-c",
                command,
                java,
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.startsWith(file + ": "), output);
    assertEquals("old", Files.readString(file));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  /** Tries to write 10 MB. */
  static final class Writer {
    private Writer() {}

    /** Prints the error's message. */
    public static void main(String[] args) {
      try {
        AtomicFile.write(Path.of(args[0]), sink -> sink.write(ByteBuffer.allocate(10_000_000)));
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
