// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.weights.MaterializedWeight;

/** The passes of a {@link TokenEmbedding}; nothing is kept between them. */
final class TokenLookup implements DirectComputation {
  private final String description;
  private final Normalization norm;

  /**
   * @param norm of the sums; null for none
   */
  TokenLookup(Normalization norm, String description) {
    this.description = description;
    this.norm = norm;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    TokenMask.check(description, mask, input.size(0), input.size(1));
    long[] shape = {input.size(0), input.size(1), word(arrays).columns()};
    INDArray result =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), shape, 'c');
    INDArray matrix = Tokens.matrix(result);
    if (norm == null) {
      sum(input, arrays, matrix);
    } else {
      INDArray sums = Scratch.forward(workspaces, input.dataType()).array(matrix.shape());
      sum(input, arrays, sums);
      norm.forward(sums, arrays, matrix);
    }
    return result;
  }

  /** What is normalized, [batch * tokens, width]. */
  private void sum(INDArray input, Arrays arrays, INDArray sums) {
    MaterializedWeight words = word(arrays);
    Words.copyRows(words, ids(input, Words.count(words)), sums);
    if (!arrays.parameters().containsKey("pos")) {
      return;
    }
    INDArray places = places(arrays.parameters().get("pos"), input.size(1));
    INDArray type = arrays.parameters().get("type");
    INDArray added = type == null ? places.dup('c') : places.addRowVector(type.getRow(0, true));
    sums.reshape('c', input.size(0), added.length())
        .addiRowVector(added.reshape('c', 1, added.length()));
  }

  private static INDArray places(INDArray positions, long tokens) {
    return positions.get(interval(0, tokens), all());
  }

  private int[] ids(INDArray input, long words) {
    double[] values = input.dup('c').data().asDouble();
    int[] ids = new int[values.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) values[i];
      if (ids[i] != values[i] || ids[i] < 0 || ids[i] >= words) {
        throw new IllegalArgumentException(
            description
                + ": expected whole numbers from 0 to "
                + (words - 1)
                + ", but token "
                + i % input.size(1)
                + " of text "
                + i / input.size(1)
                + " is "
                + values[i]
                + ": use the tokenizer of this vocabulary");
      }
    }
    return ids;
  }

  /** There is no gradient of the input. */
  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    MaterializedWeight word = word(arrays);
    if (!word.isTrained() && arrays.gradients().isEmpty()) {
      return null;
    }
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray delta = Tokens.matrix(epsilon);
    if (norm != null) {
      INDArray sums = scratch.array(delta.shape());
      INDArray dSums = scratch.array(delta.shape());
      sum(input, arrays, sums);
      norm.forward(sums, arrays, scratch.array(sums.shape()));
      norm.backward(sums, delta, arrays, dSums, scratch);
      delta = dSums;
    }
    addedGradients(delta, input, arrays);
    if (word.isTrained()) {
      wordGradient(delta, ids(input, Words.count(word)), word);
    }
    return null;
  }

  private static void addedGradients(INDArray delta, INDArray input, Arrays arrays) {
    INDArray places = arrays.gradients().get("pos");
    if (places != null) {
      places.assign(0);
      INDArray sum = delta.reshape('c', input.size(0), input.size(1), delta.size(1)).sum(0);
      places(places, input.size(1)).assign(sum);
    }
    INDArray type = arrays.gradients().get("type");
    if (type != null) {
      type.assign(0);
      Products.sumRows(delta, type.getRow(0, true));
    }
  }

  private static void wordGradient(INDArray delta, int[] ids, MaterializedWeight word) {
    INDArray gradient = word.matrixGradient();
    gradient.assign(0);
    for (int i = 0; i < ids.length; i++) {
      gradient.getRow(ids[i]).addi(delta.getRow(i));
    }
    word.distributeGradient();
  }

  private static MaterializedWeight word(Arrays arrays) {
    return arrays.weights().get(0);
  }
}
