// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The tables of {@code docs/basis-v1.md} and {@code docs/basis-v2.md}: what the code computes must
 * stand there, character by character, so that documents and code cannot drift apart.
 */
final class SpecificationDocument {
  private static final Path PATH = locate();
  private static final Set<String> LINES = read();

  private SpecificationDocument() {}

  /** Asserts that the documents hold each of these lines. */
  static void assertHolds(List<String> lines) {
    assertTrue(
        LINES.containsAll(lines),
        () -> PATH + " or its successor does not hold these lines:\n" + String.join("\n", lines));
  }

  /** The folder of the checkout. */
  static Path root() {
    return PATH.getParent().getParent();
  }

  private static Path locate() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path document = at.resolve("docs/basis-v1.md");
      if (Files.exists(document)) {
        return document;
      }
    }
    throw new IllegalStateException("docs/basis-v1.md is in no folder above this one");
  }

  private static Set<String> read() {
    try {
      Set<String> lines = new HashSet<>(Files.readAllLines(PATH));
      lines.addAll(Files.readAllLines(PATH.resolveSibling("basis-v2.md")));
      return lines;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
