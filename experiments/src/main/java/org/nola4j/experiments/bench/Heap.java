// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

/** The Java heap. */
final class Heap {
  private Heap() {}

  /** Bytes in use; after several collections, since what has a cleaner goes only after one. */
  static long used() {
    for (int i = 0; i < 5; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
