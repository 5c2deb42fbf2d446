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
  private INDArray lastMask;

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
    lastMask = mask;
    return result;
  }

  private void forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    Sequences sequences = Sequences.of(description, mask, input, scratch);
    setRowsByExample(arrays, sequences.lengths());
    try {
      forward(Tokens.matrix(input), arrays, sequences, keep, result, scratch);
    } finally {
      setRowsByExample(arrays, null);
    }
  }

  private void forward(
      INDArray rows,
      Arrays arrays,
      Sequences sequences,
      boolean keep,
      INDArray result,
      Scratch scratch) {
    OwnTokens own = sequences.own();
    INDArray x = own.pack(rows, scratch);
    INDArray middle = scratch.array(keep, keptMiddle, x.shape());
    INDArray normal = scratch.array(x.shape());
    INDArray out = own.place(result, scratch);
    if (position == NormPosition.PRE) {
      norm1.forward(x, arrays, normal);
      attention.forward(normal, x, sequences, arrays, keep, middle, scratch);
      norm2.forward(middle, arrays, normal);
      mlp.forward(normal, middle, arrays, keep, out, scratch);
    } else {
      attention.forward(x, x, sequences, arrays, keep, middle, scratch);
      norm1.forward(middle, arrays, normal);
      INDArray end = scratch.array(keep, keptEnd, x.shape());
      mlp.forward(normal, normal, arrays, keep, end, scratch);
      norm2.forward(end, arrays, out);
      keptEnd = keep ? end : keptEnd;
    }
    own.unpack(out, result);
    keptMiddle = keep ? middle : keptMiddle;
  }

  private static void setRowsByExample(Arrays arrays, int[] rows) {
    arrays.weights().forEach(weight -> weight.setRowsByExample(rows));
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray above = Tokens.matrix(epsilon);
    if (lastInput != input || lastMask != mask) {
      forward(input, arrays, mask, true, scratch.array(above.shape()), scratch);
    }
    lastInput = null;
    lastMask = null;
    Sequences sequences = Sequences.of(description, mask, input, scratch);
    INDArray x = sequences.own().pack(Tokens.matrix(input), scratch);
    INDArray delta = sequences.own().pack(above, scratch);
    INDArray below = inputGradient ? below(input, scratch) : null;
    INDArray rows = inputGradient ? Tokens.matrix(below) : null;
    INDArray gradient = inputGradient ? sequences.own().place(rows, scratch) : null;
    if (position == NormPosition.PRE) {
      backwardPre(x, delta, sequences, arrays, gradient, scratch);
    } else {
      backwardPost(x, delta, sequences, arrays, gradient, scratch);
    }
    if (inputGradient) {
      sequences.own().unpack(gradient, rows);
    }
    return below;
  }

  /**
   * @param below receives the gradient of x; null if it is not needed
   */
  private void backwardPre(
      INDArray x,
      INDArray delta,
      Sequences sequences,
      Arrays arrays,
      INDArray below,
      Scratch scratch) {
    INDArray normal = scratch.array(x.shape());
    boolean goesOn = goesOn(arrays);
    INDArray dNormal = goesOn || norm2.isTrained(arrays) ? scratch.array(x.shape()) : null;
    norm2.forward(keptMiddle, arrays, normal);
    INDArray above = mlp.backward(normal, delta, arrays, dNormal, scratch);
    if (dNormal == null) {
      return;
    }
    INDArray dMiddle = scratch.array(x.shape());
    norm2.backward(keptMiddle, dNormal, arrays, dMiddle, scratch);
    dMiddle.addi(above);
    if (!goesOn) {
      return;
    }
    norm1.forward(x, arrays, normal);
    boolean toNorm1 = inputGradient || norm1.isTrained(arrays);
    attention.backward(normal, dMiddle, sequences, arrays, toNorm1 ? dNormal : null, scratch);
    if (!toNorm1) {
      return;
    }
    INDArray dInput = inputGradient ? below : scratch.array(x.shape());
    norm1.backward(x, dNormal, arrays, dInput, scratch);
    if (inputGradient) {
      below.addi(dMiddle);
    }
  }

  /** As {@link #backwardPre}. */
  private void backwardPost(
      INDArray x,
      INDArray delta,
      Sequences sequences,
      Arrays arrays,
      INDArray below,
      Scratch scratch) {
    INDArray normal = scratch.array(x.shape());
    INDArray dEnd = scratch.array(x.shape());
    boolean goesOn = goesOn(arrays);
    INDArray dNormal = goesOn || norm1.isTrained(arrays) ? scratch.array(x.shape()) : null;
    norm2.backward(keptEnd, delta, arrays, dEnd, scratch);
    norm1.forward(keptMiddle, arrays, normal);
    mlp.backward(normal, dEnd, arrays, dNormal, scratch);
    if (dNormal == null) {
      return;
    }
    dNormal.addi(dEnd);
    INDArray dMiddle = scratch.array(x.shape());
    norm1.backward(keptMiddle, dNormal, arrays, dMiddle, scratch);
    if (!goesOn) {
      return;
    }
    attention.backward(x, dMiddle, sequences, arrays, below, scratch);
    if (inputGradient) {
      below.addi(dMiddle);
    }
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
