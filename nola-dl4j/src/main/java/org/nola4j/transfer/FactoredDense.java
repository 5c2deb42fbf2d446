// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.runtime.MaterializedWeight;
import org.nola4j.internal.runtime.PreActivations;
import org.nola4j.internal.runtime.Products;
import org.nola4j.internal.runtime.WeightProduct;

/**
 * A dense layer with a low-rank adapter: {@code activation((x W0 + b) + s (x A) B)}; DL4J computes
 * the first term, and neither W nor its gradient is ever formed. In training, dropout may apply to
 * x in the second term, as in LoRA.
 */
@SuppressWarnings("try") // scopes of workspaces are opened and closed, not used
final class FactoredDense implements WrappedPass {
  private final BaseRuntime linear;
  private final IActivation activation;
  private final boolean inputGradient;
  private final double dropout;

  private final PreActivations preActivations = new PreActivations();

  private final WeightProduct product = new WeightProduct();

  /** The dropout mask of the last forward pass; null for none. */
  private INDArray kept;

  /**
   * @param linear the layer with the identity for activation
   * @param dropout the dropout probability of x before A in training
   */
  FactoredDense(BaseRuntime linear, IActivation activation, boolean inputGradient, double dropout) {
    this.linear = linear;
    this.activation = activation;
    this.inputGradient = inputGradient;
    this.dropout = dropout;
  }

  @Override
  public BaseRuntime base() {
    return linear;
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
    kept = training && dropout > 0 ? draw(input) : null;
    INDArray out = linear(input, arrays, training, workspaces);
    preActivations.passed(input, out, training);
    out = activation.getActivation(out, training);
    return mask == null ? out : out.muliColumnVector(mask.castTo(out.dataType()));
  }

  private INDArray linear(
      INDArray input, Arrays arrays, boolean training, LayerWorkspaceMgr workspaces) {
    linear.setInput(input); // with dropout
    INDArray out = linear.activate(training, workspaces);
    product.addFactors(dropped(input), arrays.weights().get(0), out);
    return out;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    if (kept != null && !java.util.Arrays.equals(kept.shape(), input.shape())) {
      kept = draw(input);
    }
    INDArray z =
        preActivations.take(
            input, () -> linear(input, arrays, true, LayerWorkspaceMgr.noWorkspaces()));
    INDArray delta = activation.backprop(z, epsilon).getFirst();
    if (mask != null) {
      delta = delta.mulColumnVector(mask.castTo(delta.dataType()));
    }
    MaterializedWeight weight = arrays.weights().get(0);
    product.factorGradients(dropped(input), delta, weight);
    if (!inputGradient) {
      return null;
    }
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    INDArray w0 = linear.parameter(WeightView.WEIGHT);
    Products.multiply(delta, false, w0, true, below, 1, 0);
    if (kept == null) {
      product.addFactorsBelow(weight, below);
    } else {
      INDArray adapters = Nd4j.zeros(below.dataType(), below.shape());
      product.addFactorsBelow(weight, adapters);
      below.addi(adapters.muli(kept));
    }
    return below;
  }

  /** 1 / (1 - dropout) for numbers that stay, 0 for the others; backward passes need it again. */
  private INDArray draw(INDArray input) {
    try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray ones = Nd4j.ones(input.dataType(), input.shape());
      return Nd4j.getExecutioner().exec(new DropOutInverted(ones, ones, 1 - dropout));
    }
  }

  private INDArray dropped(INDArray input) {
    return kept == null ? input : input.mul(kept);
  }
}
