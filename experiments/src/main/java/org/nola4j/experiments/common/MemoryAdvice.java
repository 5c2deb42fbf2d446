// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

/** Advice for when memory runs out. */
public final class MemoryAdvice {
  private MemoryAdvice() {}

  /** One line that says which memory ran out in training and what to change. */
  public static String of(OutOfMemoryError error) {
    return of(error, "lower training.batchSize or dataset.imageSize, or ");
  }

  /**
   * As the other method, outside of training.
   *
   * @param lower what to lower, and "or"; empty if there is nothing
   */
  public static String of(OutOfMemoryError error, String lower) {
    String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    boolean heap = message.contains("heap") || message.contains("GC overhead");
    return "out of memory (%s): %sgive %s"
        .formatted(
            message,
            lower,
            heap
                ? "Java's heap more: NOLA_JAVA_OPTS=-Xmx4g"
                : "networks more: NOLA_JAVA_OPTS=-Dorg.bytedeco.javacpp.maxbytes=16g");
  }
}
