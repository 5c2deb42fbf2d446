package org.nola4j.dl4j;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.WeightShape;

/**
 * Pretrained numbers as arrays, one for all layers of all networks that have the same; read-only.
 */
final class SharedArrays {
  /** An entry outlives its array by a few bytes only. */
  private static final Map<String, WeakReference<INDArray>> ARRAYS = new ConcurrentHashMap<>();

  private SharedArrays() {}

  /** Row-major. */
  static INDArray of(FrozenWeight.Given values, DataType type, long... shape) {
    String key = values.sha256() + type + Arrays.toString(shape);
    WeakReference<INDArray> known = ARRAYS.get(key);
    INDArray array = known == null ? null : known.get();
    if (array == null) {
      int length = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
      array = HostArrays.over(values.elements(new WeightShape(1, length, 1)), type, shape);
      ARRAYS.put(key, new WeakReference<>(array));
    }
    return array;
  }
}
