// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation;

/**
 * The passes of a {@link TransformerBlock} or {@link LlamaBlock}. Between them it keeps the sums
 * that are normalized, in addition to the state of its two halves; normalized values are
 * recomputed.
 */
final class BlockComputation implements DirectComputation {
  private final String description;
  private final NormPosition position;
  private final boolean inputGradient;
  private final Normalization norm1;
  private final Normalization norm2;
  private final AttentionSublayer attention;
  private final Mlp mlp;

  /** After attention, and for {@link NormPosition#POST} after the MLP too. */
  private INDArray keptMiddle;

  private INDArray keptEnd;
  private INDArray lastInput;

  BlockComputation(
      String description,
      NormPosition position,
      Normalization norm1,
      AttentionSublayer attention,
      Normalization norm2,
      Mlp mlp,
      boolean inputGradient) {
    this.description = description;
    this.position = position;
    this.norm1 = norm1;
    this.norm2 = norm2;
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
    long tokens = input.size(1);
    INDArray middle = scratch.array(keep, keptMiddle, x.shape());
    INDArray normal = scratch.array(x.shape());
    if (position == NormPosition.PRE) {
      norm1.forward(x, arrays, normal);
      attention.forward(normal, x, tokens, bias, arrays, keep, middle, scratch);
      norm2.forward(middle, arrays, normal);
      mlp.forward(normal, middle, arrays, keep, result, scratch);
    } else {
      attention.forward(x, x, tokens, bias, arrays, keep, middle, scratch);
      norm1.forward(middle, arrays, normal);
      INDArray end = scratch.array(keep, keptEnd, x.shape());
      mlp.forward(normal, normal, arrays, keep, end, scratch);
      norm2.forward(end, arrays, result);
      keptEnd = keep ? end : keptEnd;
    }
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
    return position == NormPosition.PRE
        ? backwardPre(input, delta, bias, arrays, scratch)
        : backwardPost(input, delta, bias, arrays, scratch);
  }

  private INDArray backwardPre(
      INDArray input, INDArray delta, INDArray bias, Arrays arrays, Scratch scratch) {
    INDArray x = Tokens.matrix(input);
    INDArray normal = scratch.array(x.shape());
    boolean goesOn = goesOn(arrays);
    INDArray dNormal = goesOn || norm2.isTrained(arrays) ? scratch.array(x.shape()) : null;
    norm2.forward(keptMiddle, arrays, normal);
    INDArray above = mlp.backward(normal, delta, arrays, dNormal, scratch);
    if (dNormal == null) {
      return null;
    }
    INDArray dMiddle = scratch.array(x.shape());
    norm2.backward(keptMiddle, dNormal, arrays, dMiddle, scratch);
    dMiddle.addi(above);
    if (!goesOn) {
      return null;
    }
    norm1.forward(x, arrays, normal);
    boolean toNorm1 = inputGradient || norm1.isTrained(arrays);
    attention.backward(
        normal, dMiddle, input.size(1), bias, arrays, toNorm1 ? dNormal : null, scratch);
    if (!toNorm1) {
      return null;
    }
    INDArray below = below(input, scratch);
    norm1.backward(x, dNormal, arrays, Tokens.matrix(below), scratch);
    return inputGradient ? sum(below, dMiddle) : null;
  }

  private INDArray backwardPost(
      INDArray input, INDArray delta, INDArray bias, Arrays arrays, Scratch scratch) {
    INDArray x = Tokens.matrix(input);
    INDArray normal = scratch.array(x.shape());
    INDArray dEnd = scratch.array(x.shape());
    boolean goesOn = goesOn(arrays);
    INDArray dNormal = goesOn || norm1.isTrained(arrays) ? scratch.array(x.shape()) : null;
    norm2.backward(keptEnd, delta, arrays, dEnd, scratch);
    norm1.forward(keptMiddle, arrays, normal);
    mlp.backward(normal, dEnd, arrays, dNormal, scratch);
    if (dNormal == null) {
      return null;
    }
    dNormal.addi(dEnd);
    INDArray dMiddle = scratch.array(x.shape());
    norm1.backward(keptMiddle, dNormal, arrays, dMiddle, scratch);
    if (!goesOn) {
      return null;
    }
    INDArray below = inputGradient ? below(input, scratch) : null;
    INDArray rows = inputGradient ? Tokens.matrix(below) : null;
    attention.backward(x, dMiddle, input.size(1), bias, arrays, rows, scratch);
    return inputGradient ? sum(below, dMiddle) : null;
  }

  private static INDArray sum(INDArray below, INDArray residual) {
    Tokens.matrix(below).addi(residual);
    return below;
  }

  /** Whether a gradient from attention is needed. */
  private boolean goesOn(Arrays arrays) {
    return inputGradient
        || attention.isTrained(arrays)
        || (position == NormPosition.PRE && norm1.isTrained(arrays));
  }

  private static INDArray below(INDArray input, Scratch scratch) {
    return scratch
        .workspaces()
        .createUninitialized(ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
  }
}
