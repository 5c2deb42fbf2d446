// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation;

/**
 * The passes of a {@link LlamaBlock}. Between them it keeps the sum after attention, in addition to
 * the state of its two halves; normalized values are recomputed.
 */
final class LlamaComputation implements DirectComputation {
  private final String description;
  private final boolean inputGradient;
  private final Normalization norm1;
  private final Normalization norm2;
  private final GroupedAttention attention;
  private final GatedMlp mlp;
  private INDArray keptMiddle;
  private INDArray lastInput;

  LlamaComputation(
      String description,
      double epsilon,
      GroupedAttention attention,
      GatedMlp mlp,
      boolean inputGradient) {
    this.description = description;
    this.norm1 = new Normalization("norm1.", epsilon, true);
    this.norm2 = new Normalization("norm2.", epsilon, true);
    this.attention = attention;
    this.mlp = mlp;
    this.inputGradient = inputGradient;
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
    INDArray result =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
    Scratch scratch = Scratch.forward(workspaces, input.dataType());
    forward(input, arrays, mask, training, Tokens.matrix(result), scratch);
    lastInput = training ? input : null;
    return result;
  }

  private void forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    INDArray bias = TokenMask.bias(description, mask, input, scratch);
    INDArray x = Tokens.matrix(input);
    INDArray middle = scratch.array(keep, keptMiddle, x.shape());
    INDArray normal = scratch.array(x.shape());
    norm1.forward(x, arrays, normal);
    attention.forward(normal, x, input.size(1), bias, arrays, keep, middle, scratch);
    norm2.forward(middle, arrays, normal);
    mlp.forward(normal, middle, arrays, keep, result, scratch);
    keptMiddle = keep ? middle : keptMiddle;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray delta = Tokens.matrix(epsilon);
    if (lastInput != input) {
      forward(input, arrays, mask, true, scratch.array(delta.shape()), scratch);
    }
    lastInput = null;
    INDArray bias = TokenMask.bias(description, mask, input, scratch);
    INDArray x = Tokens.matrix(input);
    INDArray normal = scratch.array(x.shape());
    INDArray dNormal = scratch.array(x.shape());
    INDArray dMiddle = scratch.array(x.shape());
    norm2.forward(keptMiddle, arrays, normal);
    mlp.backward(normal, delta, arrays, dNormal, scratch);
    norm2.backward(keptMiddle, dNormal, arrays, dMiddle, scratch);
    dMiddle.addi(delta);
    if (!inputGradient && !attention.isTrained(arrays) && !norm1.isTrained(arrays)) {
      return null;
    }
    norm1.forward(x, arrays, normal);
    attention.backward(normal, dMiddle, input.size(1), bias, arrays, dNormal, scratch);
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    norm1.backward(x, dNormal, arrays, Tokens.matrix(below), scratch);
    Tokens.matrix(below).addi(dMiddle);
    return inputGradient ? below : null;
  }
}
