// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.Arrays;
import java.util.function.LongFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.reparameterization.Initial;

/**
 * A parameter of a layer that is trained directly, beside the reparameterized weights.
 *
 * @param shape as DL4J shows it
 * @param initial the initial values of its elements in row-major order, given its seed
 */
public record DirectParameter(long[] shape, LongFunction<Initial> initial) {
  /** The number of its elements. */
  public int length() {
    return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
  }

  /** Starts at zero. */
  public static DirectParameter zeros(long... shape) {
    return constant(0, shape);
  }

  /** Starts at one. */
  public static DirectParameter ones(long... shape) {
    return constant(1, shape);
  }

  /** Starts at one number. */
  public static DirectParameter constant(double value, long... shape) {
    return new DirectParameter(shape, seed -> Initial.constant(value));
  }

  /** Starts normal with mean zero, truncated to two standard deviations. */
  public static DirectParameter truncatedNormal(double standardDeviation, long... shape) {
    return new DirectParameter(shape, seed -> Initial.truncatedNormal(seed, standardDeviation));
  }

  /** Writes the initial values. */
  void initialize(INDArray parameter, long seed) {
    HostArrays.fill(parameter, initial.apply(seed)::at);
  }
}
