// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import java.util.Random;

/** What several tests of this package do with arrays. */
final class Vectors {
  private Vectors() {}

  static float[] gaussians(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static double dot(float[] a, float[] b) {
    return dot(a, 0, b, 0, a.length);
  }

  /** Inner product of {@code count} numbers of a from one and of b from another index on. */
  static double dot(float[] a, int fromA, float[] b, int fromB, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) a[fromA + i] * b[fromB + i];
    }
    return sum;
  }
}
