// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.MaterializedWeight;
import org.nola4j.internal.weights.WeightProduct;

/** With a weight of fewer bits than float32, which DL4J's own layer could not hold. */
final class CompactLinear implements LinearBase {
  private final BaseRuntime runtime;
  private final INDArray bias;
  private final WeightProduct product = new WeightProduct();

  /**
   * @param name of the layer
   * @param bias a row, or null
   */
  CompactLinear(String name, INDArray bias) {
    ActivationLayer identity =
        new ActivationLayer.Builder().activation(Activation.IDENTITY).name(name).build();
    this.runtime = new BaseRuntime(identity, 0, null, DataType.FLOAT, each -> {});
    this.bias = bias;
  }

  @Override
  public BaseRuntime runtime() {
    return runtime;
  }

  @Override
  public INDArray forward(
      INDArray input, MaterializedWeight weight, boolean training, LayerWorkspaceMgr workspaces) {
    INDArray out =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS,
            input.dataType(),
            new long[] {input.size(0), weight.columns()},
            'c');
    product.forwardFrozen(input, weight, out, false);
    return bias == null ? out : out.addiRowVector(bias);
  }

  @Override
  public void backward(INDArray delta, MaterializedWeight weight, INDArray below) {
    product.backwardFrozen(delta, weight, below, false);
  }
}
