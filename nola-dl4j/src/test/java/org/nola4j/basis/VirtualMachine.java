// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.core.Appender;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Runs a main class of this package's tests in a Java virtual machine with its own flags. */
final class VirtualMachine {
  static final String VECTOR_MODULE = "--add-modules=jdk.incubator.vector";

  private VirtualMachine() {}

  /** What the program printed; fails unless it ended with status 0. */
  static String run(Class<?> program, List<String> flags, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath(), program.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  /** Only what is needed: surefire's own class path is a manifest that leads elsewhere. */
  private static String classPath() {
    return Stream.of(
            VirtualMachine.class,
            BasisKernels.class,
            LoggerFactory.class,
            Logger.class,
            Appender.class)
        .map(VirtualMachine::location)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
