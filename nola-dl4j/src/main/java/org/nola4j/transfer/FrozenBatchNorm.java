// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Batch normalization by running statistics: {@code gamma (x - mean) / sqrt(variance + eps) +
 * beta}.
 *
 * <p>DL4J's backward pass assumes batch statistics whatever the forward pass used, so a frozen
 * layer would give a wrong gradient.
 */
@SuppressWarnings("try") // scopes of workspaces are opened and closed, not used
final class FrozenBatchNorm implements WrappedPass {
  private final BaseRuntime base;
  private final BatchNormalization conf;

  /** gamma / sqrt(variance + eps) per channel. */
  private INDArray slope;

  FrozenBatchNorm(BaseRuntime base, BatchNormalization conf) {
    this.base = base;
    this.conf = conf;
  }

  @Override
  public BaseRuntime base() {
    return base;
  }

  @Override
  public boolean trains() {
    return false;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    return base.activate(false, workspaces);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    if (slope == null) {
      try (var scope = workspaces.notifyScopeBorrowed(ArrayType.BP_WORKING_MEM)) {
        slope = slope().detach();
      }
    }
    long[] broadcast = new long[epsilon.rank()];
    java.util.Arrays.fill(broadcast, 1);
    boolean last = epsilon.rank() == 4 && conf.getCnn2DFormat() == CNN2DFormat.NHWC;
    broadcast[last ? 3 : 1] = slope.length();
    return workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon).muli(slope.reshape('c', broadcast));
  }

  private INDArray slope() {
    INDArray variance =
        conf.isUseLogStd()
            ? Transforms.pow(
                Transforms.exp(
                    base.parameter(BatchNormalizationParamInitializer.GLOBAL_LOG_STD)
                        .mul(Math.log(10))),
                2)
            : base.parameter(BatchNormalizationParamInitializer.GLOBAL_VAR);
    INDArray deviation = Transforms.sqrt(variance.add(conf.getEps()));
    return conf.isLockGammaBeta()
        ? deviation.rdiv(conf.getGamma())
        : base.parameter(BatchNormalizationParamInitializer.GAMMA).div(deviation);
  }
}
