// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.onednn.LayerNorm;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.internal.runtime.DirectComputation.Arrays;

/**
 * Layer normalization of matrix rows with a layer's parameters {@code gamma} and {@code beta}: the
 * mean is subtracted from each row, which is then divided by {@code sqrt(variance + epsilon)}. Or,
 * by the root mean square only, without mean and {@code beta} (Zhang and Sennrich, <i>Root Mean
 * Square Layer Normalization</i>, NeurIPS 2019).
 */
final class Normalization {
  private final String gamma;
  private final String beta;
  private final double epsilon;
  private final boolean rms;
  private LayerNorm primitive;
  private long rows = -1;

  /**
   * @param prefix of the parameters' names
   */
  Normalization(String prefix, double epsilon) {
    this(prefix, epsilon, false);
  }

  /**
   * @param prefix of the parameters' names
   * @param rms whether rows are divided by their root mean square only
   */
  Normalization(String prefix, double epsilon, boolean rms) {
    this.gamma = prefix + "gamma";
    this.beta = prefix + "beta";
    this.epsilon = epsilon;
    this.rms = rms;
  }

  void forward(INDArray x, Arrays arrays, INDArray result) {
    INDArray scale = arrays.parameters().get(gamma);
    INDArray shift = arrays.parameters().get(beta);
    if (isFused(x)) {
      primitive(x).forward(x, scale, shift, result);
    } else {
      INDArray normal = centered(x);
      normal.muliColumnVector(inverseDeviation(normal));
      normal.muliRowVector(scale);
      result.assign(shift == null ? normal : normal.addiRowVector(shift));
    }
  }

  /**
   * Writes the gradients of scale and shift, and that of x to {@code below}; after {@link #forward}
   * of the same x.
   */
  void backward(INDArray x, INDArray delta, Arrays arrays, INDArray below, Scratch scratch) {
    INDArray scaleGradient = gradient(gamma, arrays, x, scratch);
    INDArray shiftGradient = rms ? null : gradient(beta, arrays, x, scratch);
    INDArray scale = arrays.parameters().get(gamma);
    if (isFused(x)) {
      INDArray shift = arrays.parameters().get(beta);
      primitive(x).backward(x, scale, shift, delta, below, scaleGradient, shiftGradient);
      return;
    }
    INDArray normal = centered(x);
    INDArray inverse = inverseDeviation(normal);
    normal.muliColumnVector(inverse);
    Products.sumRows(delta.mul(normal), scaleGradient);
    if (!rms) {
      Products.sumRows(delta, shiftGradient);
    }
    INDArray scaled = delta.mulRowVector(scale);
    INDArray along = normal.mulColumnVector(scaled.mul(normal).mean(true, 1));
    if (!rms) {
      scaled.subiColumnVector(scaled.mean(true, 1));
    }
    below.assign(scaled.subi(along).muliColumnVector(inverse));
  }

  boolean isTrained(Arrays arrays) {
    return arrays.gradients().containsKey(gamma) || arrays.gradients().containsKey(beta);
  }

  /** Where a gradient is written, needed or not. */
  private static INDArray gradient(String name, Arrays arrays, INDArray x, Scratch scratch) {
    INDArray gradient = arrays.gradients().get(name);
    return gradient == null ? scratch.array(1, x.size(1)) : gradient;
  }

  private INDArray centered(INDArray x) {
    return rms ? x.dup('c') : x.subColumnVector(x.mean(true, 1));
  }

  private INDArray inverseDeviation(INDArray centered) {
    INDArray variance = centered.mul(centered).mean(true, 1);
    return Transforms.sqrt(variance.addi(epsilon), false).rdivi(1);
  }

  private boolean isFused(INDArray x) {
    return !rms && x.dataType() == DataType.FLOAT && OneDnn.available();
  }

  private LayerNorm primitive(INDArray x) {
    if (rows != x.size(0)) {
      rows = x.size(0);
      primitive = new LayerNorm(rows, x.size(1), epsilon);
    }
    return primitive;
  }
}
