// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.nola4j.experiments.report.Cell;

/** The peak resident size of this process, including Java heap and native memory. */
final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String KEY = "VmHWM:";

  private PeakMemory() {}

  /** The size in bytes; known on Linux only. */
  static OptionalLong bytes() {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return parse(Files.readAllLines(STATUS));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** As {@link #bytes}, or {@code null}: for records that travel between processes. */
  static Long bytesOrNull() {
    OptionalLong bytes = bytes();
    return bytes.isPresent() ? bytes.getAsLong() : null;
  }

  /** In a table: megabytes, or a dash where it is not known. */
  static Cell cell(Long bytes) {
    return Cell.of(bytes == null ? "–" : String.format(Locale.ROOT, "%,.0f", bytes * 1e-6), bytes);
  }

  /** From the line "VmHWM: 123456 kB". */
  static OptionalLong parse(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith(KEY))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst();
  }
}
