// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.lang.ref.SoftReference;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Java arrays for the time of one expansion or projection, so that no factor keeps its own. As many
 * exist as were ever in use at once; the collector frees them when the heap is short.
 */
final class Buffers {
  private static final Map<Integer, Queue<SoftReference<float[]>>> FREE = new ConcurrentHashMap<>();

  private Buffers() {}

  /** An array of any content that nobody else has until {@link #giveBack}. */
  static float[] take(int length) {
    Queue<SoftReference<float[]>> free = free(length);
    for (SoftReference<float[]> next = free.poll(); next != null; next = free.poll()) {
      float[] buffer = next.get();
      if (buffer != null) {
        return buffer;
      }
    }
    return new float[length];
  }

  static void giveBack(float[] buffer) {
    free(buffer.length).add(new SoftReference<>(buffer));
  }

  private static Queue<SoftReference<float[]>> free(int length) {
    return FREE.computeIfAbsent(length, any -> new ConcurrentLinkedQueue<>());
  }
}
