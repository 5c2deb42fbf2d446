// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

/** Advice for when memory runs out. */
public final class MemoryAdvice {
  private MemoryAdvice() {}

  /** One line that says which memory ran out and what to change. */
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
