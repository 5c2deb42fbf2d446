// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation;

/**
 * The passes of a {@link PatchEmbedding}; the patches are extracted again for the backward pass.
 */
final class EmbeddingComputation implements DirectComputation {
  private final String description;
  private final long patch;
  private final boolean inputGradient;
  private final Linear projection = new Linear(0, "b");
  private INDArray lastInput;

  EmbeddingComputation(String description, long patch, boolean inputGradient) {
    this.description = description;
    this.patch = patch;
    this.inputGradient = inputGradient;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    Tokens.checkNoMask(description, mask);
    INDArray positions = arrays.parameters().get("pos");
    long tokens = positions.size(0);
    long width = positions.size(1);
    INDArray products =
        products(input, arrays, width, Scratch.forward(workspaces, input.dataType()));
    INDArray result =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS,
            input.dataType(),
            new long[] {input.size(0), tokens, width},
            'c');
    INDArray classToken = arrays.parameters().get("cls");
    if (classToken != null) {
      result.get(all(), point(0), all()).assign(0).addiRowVector(classToken);
    }
    patches(result, arrays).assign(products.reshape('c', input.size(0), -1, width));
    result.reshape('c', input.size(0), tokens * width).addiRowVector(row(positions));
    lastInput = training ? input : null;
    return result;
  }

  private INDArray products(INDArray input, Arrays arrays, long width, Scratch scratch) {
    INDArray patches = cut(input);
    INDArray products = scratch.array(patches.size(0), width);
    projection.forward(patches, arrays, products);
    return products;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    Tokens.checkNoMask(description, mask);
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray delta = Tokens.plain(epsilon);
    long width = delta.size(2);
    if (lastInput != input) {
      products(input, arrays, width, scratch);
    }
    lastInput = null;
    tokenGradients(delta, arrays, scratch);
    INDArray dProducts = patches(delta, arrays).dup('c').reshape('c', -1, width);
    INDArray patches = projection.needsInput(arrays) ? cut(input) : null;
    long size = input.size(1) * patch * patch;
    INDArray below = inputGradient ? scratch.array(dProducts.size(0), size) : null;
    projection.backward(patches, dProducts, arrays, below, false);
    return below == null
        ? null
        : workspaces.leverageTo(ArrayType.ACTIVATION_GRAD, join(below, input.shape()));
  }

  /** Those of positions and class token, which is the first one's position but for its name. */
  private static void tokenGradients(INDArray delta, Arrays arrays, Scratch scratch) {
    INDArray classGradient = arrays.gradients().get("cls");
    INDArray positions = arrays.gradients().get("pos");
    if (classGradient == null && positions == null) {
      return;
    }
    if (positions == null) {
      positions = scratch.array(delta.size(1), delta.size(2));
    }
    Products.sumRows(delta.reshape('c', delta.size(0), -1), row(positions));
    if (classGradient != null) {
      classGradient.assign(positions.getRow(0, true));
    }
  }

  /** [tokens, width] as a view [1, tokens * width]. */
  private static INDArray row(INDArray matrix) {
    return matrix.reshape('c', 1, matrix.length());
  }

  /** The tokens of patches, which come after the class token if there is one. */
  private static INDArray patches(INDArray tokens, Arrays arrays) {
    return arrays.parameters().containsKey("cls")
        ? tokens.get(all(), interval(1, tokens.size(1)), all())
        : tokens;
  }

  /** Images [batch, C, H, W] as rows of patches [batch * H/p * W/p, C * p * p]. */
  private INDArray cut(INDArray images) {
    long channels = images.size(1);
    long rows = images.size(2) / patch;
    long columns = images.size(3) / patch;
    return images
        .reshape('c', images.size(0), channels, rows, patch, columns, patch)
        .permute(0, 2, 4, 1, 3, 5)
        .dup('c')
        .reshape('c', images.size(0) * rows * columns, channels * patch * patch);
  }

  private INDArray join(INDArray patches, long[] shape) {
    long rows = shape[2] / patch;
    long columns = shape[3] / patch;
    return patches
        .reshape('c', shape[0], rows, columns, shape[1], patch, patch)
        .permute(0, 3, 1, 4, 2, 5)
        .dup('c')
        .reshape('c', shape);
  }
}
