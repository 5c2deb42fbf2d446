// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A CUDA device that is none: libraries with the names of NVIDIA's driver, runtime and NVRTC, which
 * compile the kernels' real text with a C++ compiler and run it block by block. So everything but
 * NVIDIA's own parts is run as it is on a GPU.
 */
final class StandIn {
  private final Path folder;

  private StandIn(Path folder) {
    this.folder = folder;
  }

  /** Builds the libraries, or skips the test where they cannot be. */
  static StandIn build(Path folder) throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "needs Linux on x86-64, for which the stand-in for a GPU is written");
    assumeTrue(
        Tools.found("g++"), "needs g++, which compiles the stand-in for a GPU and the kernels");
    for (String file : List.of("device.h", "launch.h", "driver.cpp", "nvrtc.cpp")) {
      try (InputStream in = StandIn.class.getResourceAsStream(file)) {
        Files.copy(in, folder.resolve(file));
      }
    }
    Files.writeString(folder.resolve("empty.cpp"), "");
    library(folder, "driver.cpp", "libcuda.so.1");
    library(folder, "nvrtc.cpp", "libnvrtc.so.11.2");
    library(folder, "empty.cpp", "libcudart.so.11.0");
    return new StandIn(folder);
  }

  private static void library(Path folder, String source, String name)
      throws IOException, InterruptedException {
    Tools.run(
        folder,
        "g++ -std=c++17 -O1 -shared -fPIC -Wl,-soname,%s -o %s %s -ldl"
            .formatted(name, name, source));
  }

  Path cache() {
    return folder.resolve("cache");
  }

  /**
   * Runs a main class with the libraries in the loader's path; fails unless it ends with status 0.
   *
   * @param environment settings of the stand-in
   * @return what it printed
   */
  String run(
      String program, Map<String, String> environment, List<String> flags, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
    command.add("-Dnola4j.cuda.cache=" + cache());
    command.add("-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("javacpp"));
    command.addAll(flags);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, program));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().put("STANDIN_FOLDER", folder.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
