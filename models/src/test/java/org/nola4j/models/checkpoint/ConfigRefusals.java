// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.function.Executable;
import org.nola4j.io.FileFormatException;

/** What is refused of a {@code config.json}. */
final class ConfigRefusals {
  private ConfigRefusals() {}

  /**
   * Writes one beside a model and opens it.
   *
   * @param settings the keys and values, with single quotes
   * @param expected how the message goes on after the file's name, with single quotes
   */
  static void assertRefused(Path model, String settings, String expected, Executable open)
      throws IOException {
    Path config = model.resolveSibling("config.json");
    Files.writeString(config, "{" + settings.replace('\'', '"') + "}");
    String message = assertThrows(FileFormatException.class, open).getMessage();
    assertTrue(message.startsWith(config + ": expected " + expected.replace('\'', '"')), message);
  }
}
