// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.DirectComputation;

/** The passes of a {@link TokenNorm}; nothing but statistics is kept between them. */
final class NormComputation implements DirectComputation {
  private final String description;
  private final Normalization norm;
  private INDArray lastInput;

  NormComputation(Normalization norm, String description) {
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
    INDArray result =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, input.dataType(), input.shape(), 'c');
    norm.forward(Tokens.matrix(input), arrays, Tokens.matrix(result));
    lastInput = training ? input : null;
    return result;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    Scratch scratch = Scratch.backward(workspaces, input.dataType());
    INDArray x = Tokens.matrix(input);
    if (lastInput != input) {
      norm.forward(x, arrays, scratch.array(x.shape()));
    }
    lastInput = null;
    INDArray below =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, input.dataType(), input.shape(), 'c');
    norm.backward(x, Tokens.matrix(epsilon), arrays, Tokens.matrix(below), scratch);
    return below;
  }
}
