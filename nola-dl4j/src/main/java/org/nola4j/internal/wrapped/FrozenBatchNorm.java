// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
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

  /** Whether channels are the last axis of images or sequences, not the one after the examples. */
  private final boolean channelsLast;

  /** gamma / sqrt(variance + eps) per channel. */
  private INDArray slope;

  private FrozenBatchNorm(BaseRuntime base, BatchNormalization conf, boolean channelsLast) {
    this.base = base;
    this.conf = conf;
    this.channelsLast = channelsLast;
  }

  /**
   * A batch normalization, by itself or at each step of a sequence.
   *
   * @throws IllegalArgumentException if it is in another wrapper
   */
  static FrozenBatchNorm of(BaseRuntime base, Layer conf) {
    boolean stepwise =
        conf instanceof TimeDistributed steps
            && steps.getUnderlying() instanceof BatchNormalization;
    if (!stepwise && !(conf instanceof BatchNormalization)) {
      throw new IllegalArgumentException(
          "layer \"%s\": batch normalization in %s cannot be frozen: only by itself and in TimeDistributed it can"
              .formatted(conf.getLayerName(), conf.getClass().getSimpleName()));
    }
    BatchNormalization norm = (BatchNormalization) BaseConfs.leaf(conf);
    boolean last =
        stepwise
            ? ((TimeDistributed) conf).getRnnDataFormat() == RNNFormat.NWC
            : norm.getCnn2DFormat() == CNN2DFormat.NHWC;
    return new FrozenBatchNorm(base, norm, last);
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
    broadcast[channelsLast && epsilon.rank() > 2 ? epsilon.rank() - 1 : 1] = slope.length();
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
