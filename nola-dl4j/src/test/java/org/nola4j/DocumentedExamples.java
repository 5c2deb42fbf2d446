// SPDX-License-Identifier: Apache-2.0
package org.nola4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Examples of documents are parts of tests, between {@code // NAME begins} and {@code // NAME
 * ends}, so that they compile and run.
 */
final class DocumentedExamples {
  private static final Path TESTS = Path.of("src/test/java/org/nola4j");

  private DocumentedExamples() {}

  /** Fails unless a document has every example that a test has for it, line by line. */
  static void assertShown(Class<?> test, String document) throws IOException {
    String name = Path.of(document).getFileName().toString();
    String source = Files.readString(TESTS.resolve(test.getSimpleName() + ".java"));
    String shown = Files.readString(Path.of("..").resolve(document));
    String[] parts = source.split(" {4}// " + name + " (begins|ends)\n", -1);
    assertTrue(parts.length > 2, test + " has no example for " + name);
    for (int i = 1; i < parts.length - 1; i += 2) {
      assertTrue(
          shown.contains(parts[i].stripTrailing().stripIndent()),
          document + " does not contain this example of " + test + ":\n" + parts[i]);
    }
  }
}
