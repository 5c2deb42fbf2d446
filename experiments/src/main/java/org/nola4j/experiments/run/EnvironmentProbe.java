// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.nola4j.experiments.results.Environment;
import org.nola4j.experiments.results.Platform;
import org.nola4j.experiments.spi.Engine;

/** Determines the environment of a run. */
public final class EnvironmentProbe {
  private static final String UNKNOWN = "unknown";
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private EnvironmentProbe() {}

  /** The current platform. */
  static Platform platform(Engine engine) {
    return new Platform(libraryVersion(), cpuModel(), engine.backend(), engine.threads());
  }

  /**
   * The current environment.
   *
   * @param earlier platforms of earlier parts of the run, if they differ
   */
  public static Environment probe(Engine engine, List<Platform> earlier) {
    return new Environment(
        revision(),
        property("java.vm.name") + " " + property("java.runtime.version"),
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        cpuModel(),
        Runtime.getRuntime().availableProcessors(),
        engine.backend(),
        engine.kernel(),
        libraryVersion(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        engine.threads(),
        engine.cluster(),
        earlier);
  }

  /** The versions of this project and of Deeplearning4j. */
  public static String libraryVersion() {
    Properties versions = new Properties();
    try (InputStream in =
        EnvironmentProbe.class.getResourceAsStream("/org/nola4j/experiments/version.properties")) {
      versions.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "nola-dl4j %s, Deeplearning4j %s"
        .formatted(versions.getProperty("version"), versions.getProperty("dl4j"));
  }

  private static String property(String name) {
    return System.getProperty(name, UNKNOWN);
  }

  /** The revision of the checkout that this class was built from, if it runs in one. */
  private static String revision() {
    return checkout()
        .flatMap(
            folder ->
                output(
                    "git",
                    "-C",
                    folder.toString(),
                    "describe",
                    "--always",
                    "--dirty",
                    "--abbrev=12",
                    "--exclude=*"))
        .orElse(UNKNOWN);
  }

  private static Optional<Path> checkout() {
    CodeSource source = EnvironmentProbe.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return Optional.empty();
    }
    try {
      Path place = Path.of(source.getLocation().toURI());
      return Stream.iterate(place, folder -> folder != null, Path::getParent)
          .filter(folder -> Files.exists(folder.resolve(".git")))
          .findFirst();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> output(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean ended = process.waitFor(10, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 && !text.isEmpty()
          ? Optional.of(text)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static String cpuModel() {
    if (Files.isReadable(CPU_INFO)) {
      try {
        List<String> lines = Files.readAllLines(CPU_INFO);
        return lines.stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(UNKNOWN);
      } catch (IOException e) {
        return UNKNOWN;
      }
    }
    String windows = System.getenv("PROCESSOR_IDENTIFIER");
    return windows != null
        ? windows
        : output("sysctl", "-n", "machdep.cpu.brand_string").orElse(UNKNOWN);
  }
}
