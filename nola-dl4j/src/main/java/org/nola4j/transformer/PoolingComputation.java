// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.Products;
import org.nola4j.internal.runtime.DirectComputation;

/** The passes of a {@link TokenPooling}; nothing is kept between them. */
final class PoolingComputation implements DirectComputation {
  private final String description;
  private final TokenPooling.Kind kind;
  private final TokenPooling.Norm position;
  private final long first;
  private final Normalization norm;

  PoolingComputation(TokenPooling pooling, String description) {
    this.description = description;
    this.kind = pooling.getKind();
    this.position = pooling.normPosition();
    this.first = pooling.isClassToken() ? 1 : 0;
    this.norm = new Normalization("", pooling.getEpsilon());
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    TokenMask.check(description, mask, input.size(0), input.size(1));
    INDArray tokens = Tokens.plain(input);
    Scratch scratch = Scratch.forward(workspaces, input.dataType());
    if (position == TokenPooling.Norm.BEFORE) {
      INDArray normal = scratch.array(tokens.shape());
      norm.forward(Tokens.matrix(tokens), arrays, Tokens.matrix(normal));
      tokens = normal;
    }
    INDArray pooled = pool(tokens, mask, scratch);
    INDArray result =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS, input.dataType(), pooled.shape(), 'c');
    if (position == TokenPooling.Norm.AFTER) {
      norm.forward(pooled, arrays, result);
    } else {
      result.assign(pooled);
    }
    return result;
  }

  private INDArray pool(INDArray tokens, INDArray mask, Scratch scratch) {
    if (kind == TokenPooling.Kind.CLASS_TOKEN) {
      return tokens.get(all(), point(0), all()).dup('c');
    }
    INDArray shares = TokenMask.shares(description, mask, tokens, first, scratch);
    INDArray means = scratch.array(tokens.size(0), tokens.size(2));
    for (long i = 0; i < tokens.size(0); i++) {
      INDArray mean = means.getRow(i, true);
      Products.multiply(shares.getRow(i, true), false, tokens.slice(i), false, mean, 1, 0);
    }
    return means;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    INDArray tokens = Tokens.plain(input);
    INDArray delta = Tokens.plain(epsilon);
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    switch (position) {
      case NONE -> spread(delta, mask, below, scratch);
      case AFTER -> {
        INDArray pooled = pool(tokens, mask, scratch);
        INDArray dPooled = scratch.array(pooled.shape());
        norm.forward(pooled, arrays, scratch.array(pooled.shape()));
        norm.backward(pooled, delta, arrays, dPooled, scratch);
        spread(dPooled, mask, below, scratch);
      }
      case BEFORE -> {
        INDArray x = Tokens.matrix(tokens);
        INDArray dNormal = scratch.array(tokens.shape());
        norm.forward(x, arrays, scratch.array(x.shape()));
        spread(delta, mask, dNormal, scratch);
        norm.backward(x, Tokens.matrix(dNormal), arrays, Tokens.matrix(below), scratch);
      }
    }
    return below;
  }

  /** Distributes the gradient of the pooled token to all tokens. */
  private void spread(INDArray delta, INDArray mask, INDArray tokens, Scratch scratch) {
    if (kind == TokenPooling.Kind.CLASS_TOKEN) {
      tokens.assign(0);
      tokens.get(all(), point(0), all()).assign(delta);
      return;
    }
    INDArray shares = TokenMask.shares(description, mask, tokens, first, scratch);
    for (long i = 0; i < tokens.size(0); i++) {
      INDArray share = shares.getRow(i, true);
      Products.multiply(share, true, delta.getRow(i, true), false, tokens.slice(i), 1, 0);
    }
  }
}
