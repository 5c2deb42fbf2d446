// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Programs of the machine that some tests need. */
final class Tools {
  private Tools() {}

  /** Whether a program is in the path. */
  static boolean found(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** What a command printed; fails unless it ended with status 0. */
  static String run(Path folder, String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(List.of(command.split(" ")))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
