// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.RunId;

class RunLockTest {
  private static final RunId RUN = new RunId("mnist", "nola", 1);

  @TempDir private Path folder;

  /** Another process: takes the lock and gives it back, or says why it cannot. */
  public static final class Other {
    private Other() {}

    /** Takes the file. */
    public static void main(String[] arguments) throws IOException {
      try {
        RunLock.take(Path.of(arguments[0]), RUN, System.out::println).close();
        System.out.print("taken");
      } catch (UserException e) {
        System.out.print(e.getMessage());
      }
    }
  }

  private static String other(Path file) throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Other.class.getName(),
                    file.toString()))
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  @Test
  void anotherProcessWaitsItsTurn() throws Exception {
    Path file = folder.resolve("results").resolve("nola-seed1.lock");
    RunLock lock = RunLock.take(file, RUN, note -> {});
    for (int i = 0; i < 2; i++) { // a refusal must not open the lock
      String refusal = other(file);
      assertTrue(refusal.contains("is being trained in"), refusal);
      assertTrue(refusal.contains("process " + ProcessHandle.current().pid()), refusal);
    }
    lock.close();
    assertFalse(Files.exists(file));
    String text = other(file);
    assertTrue(text.endsWith("taken"), text);
  }

  @Test
  void thisProcessDoesToo() throws Exception {
    Path file = folder.resolve("nola-seed1.lock");
    RunLock lock = RunLock.take(file, RUN, note -> {});
    String refusal =
        assertThrows(UserException.class, () -> RunLock.take(file, RUN, note -> {})).getMessage();
    assertTrue(refusal.contains("process " + ProcessHandle.current().pid()), refusal);
    refusal = other(file); // the lock is still there
    assertTrue(refusal.contains("is being trained in"), refusal);
    lock.close();
    RunLock.take(file, RUN, note -> {}).close();
  }

  @Test
  void whatAKilledProcessLeftLocksNothing() throws IOException {
    Path file = folder.resolve("nola-seed1.lock");
    Files.writeString(
        file, "process 1, started long ago, with a longer text than ours will be ...");
    RunLock lock = RunLock.take(file, RUN, note -> {});
    assertTrue(Files.size(file) < 60);
    lock.close();
  }
}
