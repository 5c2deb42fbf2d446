// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.onednn.InnerProduct;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.internal.runtime.DirectComputation.Arrays;
import org.nola4j.internal.weights.MaterializedWeight;
import org.nola4j.internal.weights.WeightProduct;

/**
 * {@code x W + b} for one weight of a layer, with or without a bias; either always added to a base
 * or never.
 */
final class Linear {
  private final int weight;
  private final String bias;
  private final WeightProduct product = new WeightProduct();
  private InnerProduct primitive;
  private long rows = -1;

  /**
   * @param weight its place among the layer's weights
   * @param bias the direct parameter's name, which the layer need not have
   */
  Linear(int weight, String bias) {
    this.weight = weight;
    this.bias = bias;
  }

  void forward(INDArray x, Arrays arrays, INDArray result) {
    if (forwardFused(x, arrays, result, false)) {
      return;
    }
    product.forward(x, weight(arrays), result, false);
    addBias(arrays, result);
  }

  /** {@code result = base + x W + b}. */
  void forward(INDArray base, INDArray x, Arrays arrays, INDArray result) {
    result.assign(base);
    if (forwardFused(x, arrays, result, true)) {
      return;
    }
    addBias(arrays, result);
    product.forward(x, weight(arrays), result, true);
  }

  /** With product and sums in one go, where there is a product with a whole matrix. */
  private boolean forwardFused(INDArray x, Arrays arrays, INDArray result, boolean add) {
    INDArray matrix = WeightProduct.whole(x.size(0), weight(arrays));
    if (matrix == null || x.dataType() != DataType.FLOAT || !OneDnn.available()) {
      return false;
    }
    INDArray row = arrays.parameters().get(bias);
    primitive(x.size(0), matrix, row != null, add).forward(x, matrix, row, result);
    if (WeightProduct.isFactored(x.size(0), weight(arrays))) {
      product.addFactors(x, weight(arrays), result);
    }
    return true;
  }

  private InnerProduct primitive(long n, INDArray matrix, boolean biased, boolean add) {
    if (rows != n) {
      rows = n;
      primitive = new InnerProduct(n, matrix.size(0), matrix.size(1), biased, add);
    }
    return primitive;
  }

  private void addBias(Arrays arrays, INDArray result) {
    INDArray row = arrays.parameters().get(bias);
    if (row != null) {
      result.addiRowVector(row);
    }
  }

  /**
   * Writes the gradients of weight and bias, and that of x to {@code below}, or with {@code add}
   * adds it; after a forward pass with the same x, which may be null unless {@link #needsInput}.
   */
  void backward(INDArray x, INDArray delta, Arrays arrays, INDArray below, boolean add) {
    INDArray biasGradient = arrays.gradients().get(bias);
    if (biasGradient != null) {
      Products.sumRows(delta, biasGradient);
    }
    product.backward(x, delta, weight(arrays), below, add);
  }

  boolean needsInput(Arrays arrays) {
    return WeightProduct.needsInput(weight(arrays));
  }

  boolean isTrained(Arrays arrays) {
    return weight(arrays).isTrained() || arrays.gradients().containsKey(bias);
  }

  private MaterializedWeight weight(Arrays arrays) {
    return arrays.weights().get(weight);
  }
}
