// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextLinesTest {
  @TempDir private Path folder;

  @Test
  void linesAreAsTheyAreButForTheByteOrderMark() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "\ufeffa \n\n \u00e9\u20ac\r\n\ufeffb");
    assertEquals(List.of("a ", "", " \u00e9\u20ac", "\ufeffb"), TextLines.all(file));
  }

  /** The rest of a pipe may be long in coming. */
  @Test
  void aLineOfAPipeIsReadBeforeTheNextIsWritten() throws IOException {
    PipedOutputStream pipe = new PipedOutputStream();
    try (TextLines lines = TextLines.of(new PipedInputStream(pipe), "pipe")) {
      assertFalse(lines.ready());
      pipe.write("\u00e9\nb".getBytes(UTF_8));
      pipe.flush();
      assertTrue(lines.ready());
      assertEquals("\u00e9", lines.next());
      pipe.close();
      assertEquals("b", lines.next());
      assertNull(lines.next());
    }
  }

  @Test
  void otherBytesAreNamedByTheirLine() throws IOException {
    Path file = Files.write(folder.resolve("a"), new byte[] {'a', '\n', (byte) 0xe9, '\n', 'b'});
    try (TextLines lines = TextLines.of(file)) {
      assertEquals("a", lines.next());
      UserException e = assertThrows(UserException.class, lines::next);
      assertTrue(
          e.getMessage().startsWith(file + ", line 2: expected text in UTF-8"), e::getMessage);
    }
  }

  @Test
  void missingFilesAndFolders() {
    Path none = folder.resolve("none");
    UserException e = assertThrows(UserException.class, () -> TextLines.of(none));
    assertEquals("no such file: " + none, e.getMessage());
    e = assertThrows(UserException.class, () -> TextLines.of(folder));
    assertEquals(
        "expected a file, but " + folder + " is a folder; give the file in it", e.getMessage());
  }
}
