// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.weights.MaterializedWeight;

/** The passes of a {@link TokenEmbedding}; nothing is kept between them. */
final class TokenLookup implements DirectComputation {
  private final String description;
  private final Normalization norm;

  TokenLookup(double epsilon, String description) {
    this.description = description;
    this.norm = new Normalization("norm.", epsilon);
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    TokenMask.check(description, mask, input.size(0), input.size(1));
    INDArray sums = sums(input, arrays, Scratch.forward(workspaces, input.dataType()));
    long[] shape = {input.size(0), input.size(1), sums.size(1)};
    INDArray result =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), shape, 'c');
    norm.forward(sums, arrays, Tokens.matrix(result));
    return result;
  }

  /** What is normalized, [batch * tokens, width]. */
  private INDArray sums(INDArray input, Arrays arrays, Scratch scratch) {
    INDArray words = word(arrays).matrix();
    INDArray sums = scratch.array(input.length(), words.size(1));
    Nd4j.pullRows(words, sums, 1, ids(input, words.size(0)));
    INDArray places = places(arrays.parameters().get("pos"), input.size(1));
    INDArray added = places.addRowVector(arrays.parameters().get("type").getRow(0, true));
    sums.reshape('c', input.size(0), added.length())
        .addiRowVector(added.reshape('c', 1, added.length()));
    return sums;
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
    INDArray sums = sums(input, arrays, scratch);
    INDArray delta = scratch.array(sums.shape());
    norm.forward(sums, arrays, scratch.array(sums.shape()));
    norm.backward(sums, Tokens.matrix(epsilon), arrays, delta, scratch);
    addedGradients(delta, input, arrays);
    if (word.isTrained()) {
      wordGradient(delta, ids(input, word.matrix().size(0)), word);
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
