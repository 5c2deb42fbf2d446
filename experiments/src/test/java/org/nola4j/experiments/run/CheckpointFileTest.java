// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.common.UserException;

/** Files that nobody vouches for; those of runs are the affair of the runner's test. */
class CheckpointFileTest {
  private static final String HEADER = "{\"config\":{\"a\":%s},\"epochs\":[],\"seconds\":1.0}";

  @TempDir private Path folder;

  private Path write(String header, byte[] state) throws IOException {
    Path file = folder.resolve("r.checkpoint");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("checkpoint.json"));
      zip.write(header.getBytes(StandardCharsets.UTF_8));
      zip.putNextEntry(new ZipEntry("state.bin"));
      zip.write(state);
    }
    return file;
  }

  @Test
  void aHeaderAndAStateAreRead() throws IOException {
    Path file = write(HEADER.formatted(1e9), new byte[100]);
    assertEquals(1, new CheckpointFile(file).read().seconds());
  }

  @Test
  void numbersAreFinite() throws IOException {
    assertRefused(write(HEADER.formatted("1e999"), new byte[9]), "the number 1e999 is too large");
  }

  @Test
  void theHeaderIsAnObject() throws IOException {
    for (String other : new String[] {"null", "[]", "7"}) {
      assertRefused(write(other, new byte[9]), "expected a JSON object");
    }
  }

  @Test
  void headersAndStatesAreBounded() throws IOException {
    String spaces = " ".repeat(9 << 20);
    assertRefused(write(spaces, new byte[9]), "expected at most 8388608 bytes of JSON, found more");
    String values = "[" + "[],".repeat(600_000) + "[]]";
    assertRefused(write(HEADER.formatted(values), new byte[9]), "more than 524288 values");
    assertRefused(
        write(HEADER.formatted(1), new byte[20 << 20]), "it is made to fill memory, or damaged");
  }

  @Test
  void whatEndsTooEarlySaysSo() throws IOException {
    byte[] state = new byte[10_000];
    new Random(1).nextBytes(state); // which deflate leaves as long as they are
    Path file = write(HEADER.formatted(1), state);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 5000));
    assertRefused(file, "(it is truncated)");
  }

  private static void assertRefused(Path file, String problem) {
    String message =
        assertThrows(UserException.class, () -> new CheckpointFile(file).read()).getMessage();
    assertTrue(message.startsWith(file + ": cannot continue from this checkpoint ("), message);
    assertTrue(message.contains(problem) && !message.contains("(null)"), message);
  }
}
