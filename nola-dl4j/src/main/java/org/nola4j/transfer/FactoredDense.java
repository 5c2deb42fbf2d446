package org.nola4j.transfer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.DirectComputation;
import org.nola4j.dl4j.HostArrays;
import org.nola4j.dl4j.MaterializedWeight;
import org.nola4j.dl4j.PreActivations;
import org.nola4j.dl4j.Products;

/**
 * A dense layer with a low-rank adapter: {@code activation((x W0 + b) + s (x A) B)}; DL4J computes
 * the first term, and neither W nor its gradient is ever formed.
 */
final class FactoredDense implements DirectComputation {
  private final BaseRuntime linear;
  private final IActivation activation;
  private final boolean inputGradient;

  private final PreActivations preActivations = new PreActivations();

  /** x A of the last forward pass. */
  private INDArray hidden;

  private INDArray hiddenGradient;

  /**
   * @param linear the layer with the identity for activation
   */
  FactoredDense(BaseRuntime linear, IActivation activation, boolean inputGradient) {
    this.linear = linear;
    this.activation = activation;
    this.inputGradient = inputGradient;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    INDArray out = linear(input, arrays, mask, training, workspaces);
    preActivations.passed(input, out, training);
    out = activation.getActivation(out, training);
    return mask == null ? out : out.muliColumnVector(mask.castTo(out.dataType()));
  }

  private INDArray linear(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    MaterializedWeight weight = arrays.weights().get(0);
    INDArray out = linear.forward(input, mask, training, workspaces);
    hidden = fitting(hidden, input, weight.first().size(1));
    Products.multiply(input, false, weight.first(), false, hidden, 1, 0);
    if (mask != null) {
      hidden.muliColumnVector(mask.castTo(hidden.dataType()));
    }
    Products.multiply(hidden, false, weight.second(), false, out, weight.scale(), 1);
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
            input, () -> linear(input, arrays, mask, true, LayerWorkspaceMgr.noWorkspaces()));
    INDArray delta = activation.backprop(z, epsilon).getFirst();
    if (mask != null) {
      delta = delta.mulColumnVector(mask.castTo(delta.dataType()));
    }
    MaterializedWeight weight = arrays.weights().get(0);
    hiddenGradient = fitting(hiddenGradient, input, weight.first().size(1));
    Products.multiply(delta, false, weight.second(), true, hiddenGradient, weight.scale(), 0);
    Products.multiply(hidden, true, delta, false, weight.secondGradient(), weight.scale(), 0);
    Products.multiply(input, true, hiddenGradient, false, weight.firstGradient(), 1, 0);
    if (!inputGradient) {
      return null;
    }
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    INDArray w0 = linear.parameter(WeightView.WEIGHT);
    Products.multiply(delta, false, w0, true, below, 1, 0);
    Products.multiply(hiddenGradient, false, weight.first(), true, below, 1, 1);
    return below;
  }

  /** The array kept from the last pass where it still fits. */
  private static INDArray fitting(INDArray kept, INDArray input, long columns) {
    return HostArrays.fitting(kept, input.dataType(), input.size(0), columns);
  }
}
