// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

/** Says what to do when memory runs out. */
public final class MemoryAdvice {
  private MemoryAdvice() {}

  /** One line: which memory it was, and what to lower or to raise. */
  public static String of(OutOfMemoryError error) {
    String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    boolean heap = message.contains("heap") || message.contains("GC overhead");
    return "out of memory (%s): lower training.batchSize or dataset.imageSize, or give %s"
        .formatted(
            message,
            heap
                ? "Java's heap more: NOLA_JAVA_OPTS=-Xmx4g"
                : "networks more: NOLA_JAVA_OPTS=-Dorg.bytedeco.javacpp.maxbytes=16g");
  }
}
