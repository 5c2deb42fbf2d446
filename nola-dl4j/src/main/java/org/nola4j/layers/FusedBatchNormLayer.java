// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.BETA;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GAMMA;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_LOG_STD;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_MEAN;
import static org.deeplearning4j.nn.params.BatchNormalizationParamInitializer.GLOBAL_VAR;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.onednn.BatchNorm;
import org.nola4j.internal.onednn.OneDnn;
import org.nola4j.internal.runtime.Inputs;

/** The runtime of {@link FusedBatchNorm}. */
@SuppressWarnings("try") // scopes of workspaces are opened and closed, not used
final class FusedBatchNormLayer extends BatchNormalization {
  private static final int SHAPES = 4;

  private final boolean relu;
  private transient Map<String, BatchNorm> primitives;

  /** gamma and beta, their gradients, and the last batch's statistics, as oneDNN wants them. */
  private transient INDArray scaleShift;

  private transient INDArray scaleShiftGradient;
  private transient INDArray batchMean;
  private transient INDArray batchVariance;

  /** The activations of the last training pass, for DL4J's implementation. */
  private transient INDArray output;

  /** Whether the last pass normalized by the statistics of its batch. */
  private transient boolean byBatch;

  FusedBatchNormLayer(NeuralNetConfiguration conf, DataType dataType, boolean relu) {
    super(conf, dataType);
    this.relu = relu;
  }

  private boolean fused() {
    return dataType == DataType.FLOAT
        && OneDnn.available()
        && input.rank() == 4
        && layerConf().getCnn2DFormat() == CNN2DFormat.NHWC
        && !layerConf().isLockGammaBeta();
  }

  @Override
  public void setInput(INDArray input, LayerWorkspaceMgr workspaces) {
    super.setInput(Inputs.cast(input, dataType, workspaces), workspaces);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    byBatch = training;
    if (!fused()) {
      output = super.activate(training, workspaces);
      return relu ? Transforms.relu(output, false) : output;
    }
    INDArray x = Nhwc.of(input, CNN2DFormat.NHWC);
    checkChannels(x);
    INDArray y =
        workspaces.createUninitialized(ArrayType.ACTIVATIONS, x.dataType(), x.shape(), 'c');
    gatherScaleShift();
    if (training) {
      primitive(x).train(x, scaleShift, batchMean, batchVariance, y);
    } else {
      primitive(x).infer(x, scaleShift, getParam(GLOBAL_MEAN), runningVariance(), y);
    }
    return y;
  }

  private void checkChannels(INDArray x) {
    if (x.size(3) != layerConf().getNOut()) {
      throw new IllegalArgumentException(
          "FusedBatchNorm \"%s\": expected input of shape [batch, height, width, %d], but got %s"
              .formatted(
                  layerConf().getLayerName(), layerConf().getNOut(), Arrays.toString(x.shape())));
    }
  }

  private void gatherScaleShift() {
    long channels = layerConf().getNOut();
    if (scaleShift == null) {
      scaleShift = HostArrays.allocate(dataType, 2, channels);
      scaleShiftGradient = HostArrays.allocate(dataType, 2, channels);
      batchMean = HostArrays.allocate(dataType, getParam(GLOBAL_MEAN).shape());
      batchVariance = HostArrays.allocate(dataType, getParam(GLOBAL_MEAN).shape());
    }
    scaleShift.getRow(0, true).assign(getParam(GAMMA));
    scaleShift.getRow(1, true).assign(getParam(BETA));
  }

  private INDArray runningVariance() {
    if (!layerConf().isUseLogStd()) {
      return getParam(GLOBAL_VAR);
    }
    INDArray tenToTheTwice = getParam(GLOBAL_LOG_STD).mul(2 * Math.log(10));
    return Transforms.exp(tenToTheTwice, false);
  }

  private BatchNorm primitive(INDArray x) {
    if (primitives == null) {
      primitives = new LinkedHashMap<>();
    }
    String shape = Arrays.toString(x.shape());
    if (primitives.size() >= SHAPES && !primitives.containsKey(shape)) {
      primitives.clear();
    }
    return primitives.computeIfAbsent(
        shape,
        key ->
            new BatchNorm(x.size(0), x.size(1), x.size(2), x.size(3), layerConf().getEps(), relu));
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    if (!byBatch) {
      return backpropByRunningStatistics(epsilon, workspaces);
    }
    if (!fused()) {
      INDArray delta = relu ? epsilon.mul(output.gt(0).castTo(dataType)) : epsilon;
      return super.backpropGradient(delta, workspaces);
    }
    INDArray x = Nhwc.of(input, CNN2DFormat.NHWC);
    INDArray below =
        workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, x.dataType(), x.shape(), 'c');
    primitive(x)
        .backward(
            x,
            scaleShift,
            batchMean,
            batchVariance,
            Nhwc.of(epsilon, CNN2DFormat.NHWC),
            below,
            scaleShiftGradient);
    return new Pair<>(gradients(), below);
  }

  /**
   * After an inference pass, as in a frozen layer: mean and variance are constants. DL4J's backward
   * pass assumes batch statistics whatever the forward pass used.
   */
  private Pair<Gradient, INDArray> backpropByRunningStatistics(
      INDArray epsilon, LayerWorkspaceMgr workspaces) {
    INDArray below = workspaces.dup(ArrayType.ACTIVATION_GRAD, epsilon);
    try (var scope = workspaces.notifyScopeBorrowed(ArrayType.BP_WORKING_MEM)) {
      INDArray deviation = Transforms.sqrt(runningVariance().add(layerConf().getEps()));
      INDArray normalized =
          input.sub(perChannel(getParam(GLOBAL_MEAN))).divi(perChannel(deviation));
      INDArray gamma = perChannel(scale());
      if (relu) {
        INDArray positive = normalized.mul(gamma).addi(perChannel(shift())).gt(0);
        below.muli(positive.castTo(dataType));
      }
      Gradient gradient = gradientsByRunningStatistics(below, normalized);
      below.muli(gamma).divi(perChannel(deviation));
      return new Pair<>(gradient, below);
    }
  }

  private Gradient gradientsByRunningStatistics(INDArray delta, INDArray normalized) {
    Gradient gradient = new DefaultGradient();
    gradientViews.forEach(gradient::setGradientFor);
    gradientViews.values().forEach(view -> view.assign(0)); // the statistics stay
    if (!layerConf().isLockGammaBeta()) {
      gradientViews.get(GAMMA).assign(sumsOfChannels(delta.mul(normalized)));
      gradientViews.get(BETA).assign(sumsOfChannels(delta));
    }
    return gradient;
  }

  private INDArray sumsOfChannels(INDArray activations) {
    int[] others =
        IntStream.range(0, activations.rank()).filter(axis -> axis != channelAxis()).toArray();
    return activations.sum(others).reshape(1, layerConf().getNOut());
  }

  private INDArray scale() {
    return layerConf().isLockGammaBeta() ? channels(layerConf().getGamma()) : getParam(GAMMA);
  }

  private INDArray shift() {
    return layerConf().isLockGammaBeta() ? channels(layerConf().getBeta()) : getParam(BETA);
  }

  private INDArray channels(double value) {
    return Nd4j.valueArrayOf(new long[] {1, layerConf().getNOut()}, value, dataType);
  }

  private int channelAxis() {
    return input.rank() == 4 && layerConf().getCnn2DFormat() == CNN2DFormat.NHWC ? 3 : 1;
  }

  /** One number per channel, in the shape that activations are combined with. */
  private INDArray perChannel(INDArray values) {
    long[] shape = new long[input.rank()];
    Arrays.fill(shape, 1);
    shape[channelAxis()] = values.length();
    return values.reshape('c', shape);
  }

  private Gradient gradients() {
    gradientViews.get(GAMMA).assign(scaleShiftGradient.getRow(0, true));
    gradientViews.get(BETA).assign(scaleShiftGradient.getRow(1, true));
    statisticsGradients();
    Gradient gradient = new DefaultGradient();
    gradient.setGradientFor(GAMMA, gradientViews.get(GAMMA));
    gradient.setGradientFor(BETA, gradientViews.get(BETA));
    gradient.setGradientFor(GLOBAL_MEAN, gradientViews.get(GLOBAL_MEAN));
    String variance = layerConf().isUseLogStd() ? GLOBAL_LOG_STD : GLOBAL_VAR;
    gradient.setGradientFor(variance, gradientViews.get(variance));
    return gradient;
  }

  /**
   * DL4J updates the running statistics with "gradients" that its NoOp updater subtracts unchanged.
   */
  private void statisticsGradients() {
    double step = 1 - layerConf().getDecay();
    INDArray mean = gradientViews.get(GLOBAL_MEAN);
    getParam(GLOBAL_MEAN).subi(batchMean, mean).muli(step);
    INDArray variance = runningVariance();
    if (!layerConf().isUseLogStd()) {
      variance.subi(batchVariance, gradientViews.get(GLOBAL_VAR)).muli(step);
      return;
    }
    INDArray next = variance.mul(layerConf().getDecay()).addi(batchVariance.mul(step));
    INDArray logs = Transforms.log(variance.div(next), false).muli(0.5 / Math.log(10));
    gradientViews.get(GLOBAL_LOG_STD).assign(logs);
  }
}
