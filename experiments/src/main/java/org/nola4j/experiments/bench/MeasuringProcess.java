// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.common.Json;

/**
 * A separate process that measures one method. The peak memory of a process never decreases, and a
 * method must not inherit another one's memory and compiled code.
 */
final class MeasuringProcess {
  private MeasuringProcess() {}

  /**
   * Measures in a new process with the flags of this one.
   *
   * @param main prints the result with {@link #print}
   * @param label what is measured, for messages
   */
  static <T> T run(Class<?> main, List<String> arguments, String label, Class<T> result) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            "the process that measured %s ended with status %d".formatted(label, status));
      }
      // The result is the last line; Deeplearning4j prints others before it.
      String last = output.lines().reduce((before, line) -> line).orElse("");
      return Json.STRICT.readValue(last, result);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** In the new process: prints the result as one line. */
  static void print(Object result) {
    System.out.println(Json.tree(result));
  }
}
