// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
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

  /**
   * @param weight its place among the layer's weights
   * @param bias the direct parameter's name, which the layer need not have
   */
  Linear(int weight, String bias) {
    this.weight = weight;
    this.bias = bias;
  }

  void forward(INDArray x, Arrays arrays, INDArray result) {
    product.forward(x, weight(arrays), arrays.parameters().get(bias), result, false);
  }

  /** {@code result = base + x W + b}; without base where it is null. */
  void forward(INDArray base, INDArray x, Arrays arrays, INDArray result) {
    if (base != null) {
      result.assign(base);
    }
    product.forward(x, weight(arrays), arrays.parameters().get(bias), result, base != null);
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
