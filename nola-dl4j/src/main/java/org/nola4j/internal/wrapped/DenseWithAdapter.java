// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.ActivationGradient;
import org.nola4j.internal.arrays.PreActivations;
import org.nola4j.internal.weights.MaterializedWeight;
import org.nola4j.internal.weights.WeightProduct;

/**
 * A dense layer whose adapter's share is computed separately: {@code activation((x W0 + b) + s (x
 * A) B)}, with {@code x F} for the second term if the method is not low-rank. The layer inside,
 * which may have an adapter of its own, computes the first term, and neither W nor its gradient is
 * ever formed. In training, dropout may apply to x in the second term, as in LoRA.
 */
@SuppressWarnings("try") // scopes of workspaces are opened and closed, not used
final class DenseWithAdapter implements WrappedPass {
  private final LinearBase linear;
  private final IActivation activation;
  private final boolean inputGradient;
  private final boolean trained;

  private final PreActivations preActivations = new PreActivations();
  private final ActivationGradient gradient;
  private final WeightProduct product = new WeightProduct();

  /**
   * @param linear the layer without its activation function
   * @param trained whether there is an adapter
   */
  DenseWithAdapter(
      LinearBase linear, IActivation activation, boolean inputGradient, boolean trained) {
    this.linear = linear;
    this.activation = activation;
    this.gradient = new ActivationGradient(activation);
    this.inputGradient = inputGradient;
    this.trained = trained;
  }

  @Override
  public BaseRuntime base() {
    return linear.runtime();
  }

  @Override
  public boolean trains() {
    return trained;
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
    INDArray out = linear(input, arrays, training, workspaces);
    preActivations.passed(input, out, training);
    out = activation.getActivation(out, training);
    return mask == null ? out : out.muliColumnVector(mask.castTo(out.dataType()));
  }

  private INDArray linear(
      INDArray input, Arrays arrays, boolean training, LayerWorkspaceMgr workspaces) {
    MaterializedWeight weight = arrays.weights().get(0);
    INDArray out = linear.forward(input, weight, training && trained, workspaces);
    if (trained) {
      product.addFactors(input, weight, out);
    }
    return out;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    INDArray z =
        preActivations.take(
            input, () -> linear(input, arrays, true, LayerWorkspaceMgr.noWorkspaces()));
    INDArray delta = gradient.of(z, epsilon);
    if (mask != null) {
      delta = delta.mulColumnVector(mask.castTo(delta.dataType()));
    }
    MaterializedWeight weight = arrays.weights().get(0);
    if (trained) {
      product.factorGradients(input, delta, weight);
    }
    if (!inputGradient) {
      return null;
    }
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    linear.backward(delta, weight, below);
    if (trained) {
      product.addFactorsBelow(delta, weight, below);
    }
    return below;
  }
}
