package org.nola4j.layers;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.dl4j.DirectComputation;
import org.nola4j.dl4j.HostArrays;
import org.nola4j.dl4j.MaterializedWeight;
import org.nola4j.dl4j.Products;

/**
 * {@code activation(x W + b)} in matrix products, with W's factors multiplied one after the other.
 */
final class DenseComputation implements DirectComputation {
  private final IActivation activation;
  private final Bias bias;
  private final boolean inputGradient;

  /**
   * x A and the layer's pre-activations of the last forward pass; the backward pass starts from
   * them.
   */
  private INDArray hidden;

  private INDArray preOutput;
  private INDArray lastInput;

  /** s dz B'. */
  private INDArray hiddenGradient;

  DenseComputation(IActivation activation, Bias bias, boolean inputGradient) {
    this.activation = activation;
    this.bias = bias;
    this.inputGradient = inputGradient;
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
    long batch = input.size(0);
    long outputs = weight.isLowRank() ? weight.second().size(1) : weight.first().size(1);
    preOutput = buffer(preOutput, input, batch, outputs);
    if (weight.isLowRank()) {
      hidden = buffer(hidden, input, batch, weight.first().size(1));
      Products.multiply(input, false, upper(weight.first()), false, hidden, 1, 0);
      addFoldedRow(weight.first(), hidden);
      boolean onFrozen = weight.frozen() != null;
      if (onFrozen) {
        Products.multiply(input, false, upper(weight.frozen()), false, preOutput, 1, 0);
        addFoldedRow(weight.frozen(), preOutput);
      }
      Products.multiply(
          hidden, false, weight.second(), false, preOutput, weight.scale(), onFrozen ? 1 : 0);
    } else {
      Products.multiply(input, false, upper(weight.matrix()), false, preOutput, 1, 0);
      addFoldedRow(weight.matrix(), preOutput);
    }
    if (bias == Bias.FREE) {
      preOutput.addiRowVector(arrays.biases().get("b"));
    }
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
    INDArray delta =
        activation instanceof ActivationIdentity
            ? epsilon
            : activation.backprop(preOutput, epsilon).getFirst();
    if (mask != null) {
      delta = delta.mulColumnVector(mask.castTo(delta.dataType()));
    }
    if (bias == Bias.FREE) {
      INDArray gradient = arrays.biasGradients().get("b");
      delta.sum(gradient, 0);
    }
    MaterializedWeight weight = arrays.weights().get(0);
    return weight.isLowRank()
        ? backwardLowRank(input, delta, weight, workspaces)
        : backwardFull(input, delta, weight, workspaces);
  }

  private INDArray backwardLowRank(
      INDArray input, INDArray delta, MaterializedWeight weight, LayerWorkspaceMgr workspaces) {
    hiddenGradient = buffer(hiddenGradient, input, input.size(0), weight.first().size(1));
    Products.multiply(delta, false, weight.second(), true, hiddenGradient, weight.scale(), 0);
    Products.multiply(hidden, true, delta, false, weight.secondGradient(), weight.scale(), 0);
    Products.multiply(input, true, hiddenGradient, false, upper(weight.firstGradient()), 1, 0);
    sumFoldedRow(hiddenGradient, weight.firstGradient());
    if (!inputGradient) {
      return null;
    }
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    Products.multiply(hiddenGradient, false, upper(weight.first()), true, below, 1, 0);
    if (weight.frozen() != null) {
      Products.multiply(delta, false, upper(weight.frozen()), true, below, 1, 1);
    }
    return below;
  }

  private INDArray backwardFull(
      INDArray input, INDArray delta, MaterializedWeight weight, LayerWorkspaceMgr workspaces) {
    Products.multiply(input, true, delta, false, upper(weight.firstGradient()), 1, 0);
    sumFoldedRow(delta, weight.firstGradient());
    if (!inputGradient) {
      return null;
    }
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    Products.multiply(delta, false, upper(weight.matrix()), true, below, 1, 0);
    return below;
  }

  /** The rows that multiply inputs: all but a folded bias. */
  private INDArray upper(INDArray matrix) {
    return bias == Bias.FOLDED
        ? matrix.get(NDArrayIndex.interval(0, matrix.size(0) - 1), NDArrayIndex.all())
        : matrix;
  }

  private void addFoldedRow(INDArray matrix, INDArray sums) {
    if (bias == Bias.FOLDED) {
      sums.addiRowVector(lastRow(matrix));
    }
  }

  private void sumFoldedRow(INDArray delta, INDArray matrixGradient) {
    if (bias == Bias.FOLDED) {
      lastRow(matrixGradient).assign(delta.sum(true, 0));
    }
  }

  /** Not by interval indexing, which gives an empty array for some offsets of a view. */
  private static INDArray lastRow(INDArray matrix) {
    return matrix.getRow(matrix.size(0) - 1, true);
  }

  /** The buffer kept from the last pass where it still fits. */
  private static INDArray buffer(INDArray kept, INDArray like, long rows, long columns) {
    if (kept != null
        && kept.size(0) == rows
        && kept.size(1) == columns
        && kept.dataType() == like.dataType()) {
      return kept;
    }
    return HostArrays.allocate(like.dataType(), rows, columns);
  }
}
