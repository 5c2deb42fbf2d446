// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DL4J's batch normalization, with the same parameters and statistics, but faster and optionally
 * followed by a ReLU.
 *
 * <p>On the CPU, in float32 and NHWC, oneDNN does normalization and ReLU in one pass and keeps one
 * bit per activation for the backward pass, where DL4J keeps two arrays; elsewhere DL4J's own layer
 * does the work. Input and output have the same shape; per channel there are a scale gamma and a
 * shift beta (trained) and a running mean and variance.
 *
 * <p>Defaults: no ReLU, decay 0.9, eps 1e-5, variance stored as variance.
 */
public class FusedBatchNorm extends BatchNormalization {
  private boolean relu;

  /** With the defaults; also for JSON. */
  public FusedBatchNorm() {
    setUseLogStd(false);
  }

  private FusedBatchNorm(Builder builder) {
    this();
    setLayerName(builder.name);
    setDecay(builder.decay);
    setEps(builder.eps);
    this.relu = builder.relu;
  }

  /** Whether {@code max(0, .)} is applied to the result. */
  public boolean isRelu() {
    return relu;
  }

  /** For JSON. */
  public void setRelu(boolean relu) {
    this.relu = relu;
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int layerIndex,
      INDArray paramsView,
      boolean initializeParams,
      DataType dataType) {
    FusedBatchNormLayer layer = new FusedBatchNormLayer(conf, dataType, relu);
    layer.setListeners(listeners);
    layer.setIndex(layerIndex);
    layer.setParamsViewArray(paramsView);
    layer.setParamTable(initializer().init(conf, paramsView, initializeParams));
    layer.setConf(conf);
    return layer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FusedBatchNorm that && super.equals(that) && relu == that.relu;
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + Boolean.hashCode(relu);
  }

  /** Builds a {@link FusedBatchNorm}. */
  public static final class Builder {
    private String name;
    private double decay = 0.9;
    private double eps = 1e-5;
    private boolean relu;

    /** The layer's name. */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /**
     * Share of the running statistics that a step keeps; 0.9 unless set (PyTorch: momentum 0.1).
     */
    public Builder decay(double decay) {
      this.decay = decay;
      return this;
    }

    /** Added to the variance; 1e-5 unless set. */
    public Builder eps(double eps) {
      this.eps = eps;
      return this;
    }

    /** Whether {@code max(0, .)} is applied to the result; false unless set. */
    public Builder relu(boolean relu) {
      this.relu = relu;
      return this;
    }

    /** The layer's configuration. */
    public FusedBatchNorm build() {
      return new FusedBatchNorm(this);
    }
  }
}
