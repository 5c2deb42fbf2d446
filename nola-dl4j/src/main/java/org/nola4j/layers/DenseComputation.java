// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.ActivationGradient;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.weights.MaterializedWeight;
import org.nola4j.internal.weights.WeightProduct;

/** {@code activation(x W + b)} in matrix products. */
final class DenseComputation implements DirectComputation {
  private final IActivation activation;
  private final ActivationGradient gradient;
  private final Bias bias;
  private final boolean inputGradient;
  private final WeightProduct product;

  /** Of the last forward pass; the backward pass starts from them. */
  private INDArray preOutput;

  private INDArray lastInput;

  DenseComputation(IActivation activation, Bias bias, boolean inputGradient) {
    this.activation = activation;
    this.gradient = new ActivationGradient(activation);
    this.bias = bias;
    this.inputGradient = inputGradient;
    this.product = new WeightProduct(bias == Bias.FOLDED);
  }

  @Override
  public boolean multipliesByFactors() {
    return true;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    computePreOutput(input, arrays);
    lastInput = training ? input : null;
    INDArray out = workspaces.dup(ArrayType.ACTIVATIONS, preOutput, 'c');
    out = activation.getActivation(out, training);
    if (mask != null) {
      out.muliColumnVector(mask.castTo(out.dataType()));
    }
    return out;
  }

  private void computePreOutput(INDArray input, Arrays arrays) {
    MaterializedWeight weight = arrays.weights().get(0);
    preOutput = HostArrays.fitting(preOutput, input.dataType(), input.size(0), weight.columns());
    INDArray row = bias == Bias.FREE ? arrays.parameters().get("b") : null;
    product.forward(input, weight, row, preOutput, false);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    if (lastInput != input) {
      computePreOutput(input, arrays);
    }
    lastInput = null; // the activation's backward step overwrites the pre-activations
    INDArray delta = gradient.of(preOutput, epsilon);
    if (mask != null) {
      delta = delta.mulColumnVector(mask.castTo(delta.dataType()));
    }
    INDArray biasGradient = arrays.gradients().get("b");
    if (biasGradient != null) {
      Products.sumRows(delta, biasGradient);
    }
    INDArray below =
        inputGradient
            ? workspaces.createUninitialized(
                ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c')
            : null;
    product.backward(input, delta, arrays.weights().get(0), below, false);
    return below;
  }
}
