// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * LeNet-5 (LeCun et al., 1998) made of DL4J's own layers, with ReLU and max pooling instead of tanh
 * and average pooling: a network to train first and wrap afterwards. It has 61,706 parameters for
 * ten classes, a twentieth of DL4J's zoo model of that name.
 *
 * <p>Input: [batch, 784], gray images of 28 x 28 in row-major order. Labels: one-hot, [batch,
 * nOut]. Layers are named {@code conv1}, {@code pool1}, {@code conv2}, {@code pool2}, {@code fc1},
 * {@code fc2} and {@code out}.
 */
public final class LeNet extends LayeredModel {
  private static final int SIZE = 28;

  private LeNet(Builder builder) {
    super(builder);
  }

  /** A builder for ten classes. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public MultiLayerConfiguration conf() {
    return new NeuralNetConfiguration.Builder()
        .dataType(DataType.FLOAT)
        .seed(seed)
        .updater(updater)
        .weightInit(WeightInit.RELU)
        .activation(Activation.RELU)
        .list()
        .layer(new ConvolutionLayer.Builder(5, 5).name("conv1").padding(2, 2).nOut(6).build())
        .layer(pool("pool1"))
        .layer(new ConvolutionLayer.Builder(5, 5).name("conv2").nOut(16).build())
        .layer(pool("pool2"))
        .layer(new DenseLayer.Builder().name("fc1").nOut(120).build())
        .layer(new DenseLayer.Builder().name("fc2").nOut(84).build())
        .layer(
            new OutputLayer.Builder(LossFunction.MCXENT)
                .name("out")
                .nOut(nOut)
                .weightInit(WeightInit.XAVIER)
                .activation(Activation.SOFTMAX)
                .build())
        .setInputType(InputType.convolutionalFlat(SIZE, SIZE, 1))
        .build();
  }

  private static SubsamplingLayer pool(String name) {
    return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
        .name(name)
        .kernelSize(2, 2)
        .stride(2, 2)
        .build();
  }

  @Override
  public void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || !Arrays.equals(inputShape[0], shape())) {
      throw new IllegalArgumentException("LeNet takes one input of shape [1, 28, 28]");
    }
  }

  @Override
  int[] shape() {
    return new int[] {1, SIZE, SIZE};
  }

  /** Builds a {@link LeNet}. */
  public static final class Builder extends LayeredModel.Builder<Builder> {
    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /** Builds the model; its {@code init()} creates the network. */
    public LeNet build() {
      return new LeNet(this);
    }
  }
}
