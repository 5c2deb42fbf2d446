// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.lang.ref.WeakReference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/** Pretrained numbers as read-only arrays, shared by all layers of all networks with equal ones. */
final class SharedArrays {
  /** Only a few bytes of an entry outlive its array. */
  private static final Map<String, WeakReference<INDArray>> ARRAYS = new ConcurrentHashMap<>();

  private SharedArrays() {}

  /**
   * Row-major.
   *
   * @param elements whose SHA-256 this is
   */
  static INDArray of(String sha256, FloatBuffer elements, DataType type, long... shape) {
    String key = sha256 + type + Arrays.toString(shape);
    WeakReference<INDArray> known = ARRAYS.get(key);
    INDArray array = known == null ? null : known.get();
    if (array == null) {
      array = HostArrays.over(elements.duplicate(), type, shape);
      ARRAYS.put(key, new WeakReference<>(array));
    }
    return array;
  }
}
