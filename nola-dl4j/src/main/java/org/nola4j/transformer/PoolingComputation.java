// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
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
    Tokens.checkNoMask(description, mask);
    INDArray tokens = Tokens.plain(input);
    Scratch scratch = Scratch.forward(workspaces, input.dataType());
    if (position == TokenPooling.Norm.BEFORE) {
      INDArray normal = scratch.array(tokens.shape());
      norm.forward(Tokens.matrix(tokens), arrays, Tokens.matrix(normal));
      tokens = normal;
    }
    INDArray pooled = pool(tokens);
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

  private INDArray pool(INDArray tokens) {
    return switch (kind) {
      case CLASS_TOKEN -> tokens.get(all(), point(0), all()).dup('c');
      case MEAN -> patches(tokens).mean(1).dup('c');
    };
  }

  private INDArray patches(INDArray tokens) {
    return first == 0 ? tokens : tokens.get(all(), interval(first, tokens.size(1)), all());
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    Tokens.checkNoMask(description, mask);
    INDArray tokens = Tokens.plain(input);
    INDArray delta = Tokens.plain(epsilon);
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    switch (position) {
      case NONE -> spread(delta, below);
      case AFTER -> {
        INDArray pooled = pool(tokens);
        INDArray dPooled = scratch.array(pooled.shape());
        norm.forward(pooled, arrays, scratch.array(pooled.shape()));
        norm.backward(pooled, delta, arrays, dPooled, scratch);
        spread(dPooled, below);
      }
      case BEFORE -> {
        INDArray x = Tokens.matrix(tokens);
        INDArray dNormal = scratch.array(tokens.shape());
        norm.forward(x, arrays, scratch.array(x.shape()));
        spread(delta, dNormal);
        norm.backward(x, Tokens.matrix(dNormal), arrays, Tokens.matrix(below), scratch);
      }
    }
    return below;
  }

  /** Gives each token its share of the gradient of what they were pooled to. */
  private void spread(INDArray delta, INDArray tokens) {
    tokens.assign(0);
    switch (kind) {
      case CLASS_TOKEN -> tokens.get(all(), point(0), all()).assign(delta);
      case MEAN -> {
        INDArray share = delta.div(tokens.size(1) - first);
        for (long i = first; i < tokens.size(1); i++) {
          tokens.get(all(), point(i), all()).assign(share);
        }
      }
    }
  }
}
