// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.Random;
import java.util.stream.DoubleStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Normal random arrays that a seed decides, as it does not with {@code Nd4j.randn} on threads. */
public final class Normals {
  private Normals() {}

  /** Standard normal. */
  public static INDArray of(DataType type, long seed, long... shape) {
    Random random = new Random(seed);
    double[] values =
        DoubleStream.generate(random::nextGaussian)
            .limit(java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b))
            .toArray();
    return Nd4j.createFromArray(values).reshape(shape).castTo(type);
  }
}
