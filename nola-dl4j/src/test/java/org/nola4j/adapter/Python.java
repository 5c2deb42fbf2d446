// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Runs python3 where there is one. */
public final class Python {
  private Python() {}

  /** What a run has printed, on either stream. */
  public record Output(int status, String text) {}

  /** Status -1 when there is no python3. */
  public static Output run(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", "-B"));
    command.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Output(process.waitFor(), text);
    } catch (IOException e) {
      return new Output(-1, e.getMessage());
    }
  }
}
