// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.Arrays;

/**
 * Times an action repeatedly, after warming up for as long: in the first seconds Java still
 * compiles, on the cores that the action runs on.
 */
final class Stopwatch {
  private Stopwatch() {}

  /**
   * Milliseconds per call.
   *
   * @param median the median of all calls
   * @param min the fastest call
   */
  record Times(double median, double min) {}

  static Times time(double seconds, Runnable action) {
    run(seconds, 1, action);
    double[] millis = run(seconds, 3, action);
    Arrays.sort(millis);
    return new Times(millis[millis.length / 2], millis[0]);
  }

  /** Makes at least a given number of calls, however long they take. */
  private static double[] run(double seconds, int least, Runnable action) {
    double[] millis = new double[1024];
    int calls = 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (calls < least || System.nanoTime() < end) {
      if (calls == millis.length) {
        millis = Arrays.copyOf(millis, 2 * calls);
      }
      long start = System.nanoTime();
      action.run();
      millis[calls++] = (System.nanoTime() - start) * 1e-6;
    }
    return Arrays.copyOf(millis, calls);
  }
}
