// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nola4j.layers.Bias;
import org.nola4j.layers.NolaDense;

/**
 * A multilayer perceptron: fully connected layers with ReLU between them and softmax cross-entropy
 * on top. The default is the 784-256-10 network of the paper's appendix A.2.
 *
 * <p>Input: [batch, nIn]. Labels: one-hot, [batch, nOut]. Layers are named {@code dense1}, {@code
 * dense2}, ... and {@code loss}.
 */
public final class Mlp extends LayeredModel {
  private final List<Integer> hidden;
  private final ReparameterizationPlan plan;
  private final Bias bias;
  private int nIn;

  private Mlp(Builder builder) {
    super(builder);
    this.nIn = builder.nIn;
    this.hidden = List.copyOf(builder.hidden);
    this.plan = builder.plan;
    this.bias = builder.bias;
  }

  /** A builder with the defaults of appendix A.2. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public MultiLayerConfiguration conf() {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT)
            .seed(seed)
            .updater(updater)
            .list();
    for (int i = 0; i <= hidden.size(); i++) {
      String name = "dense" + (i + 1);
      list.layer(
          new NolaDense.Builder()
              .name(name)
              .nOut(i < hidden.size() ? hidden.get(i) : nOut)
              .bias(bias)
              .reparameterization(plan.method(name))
              .tiedTo(plan.tiedTo(name))
              .coefficientBits(plan.coefficientBits(name))
              .activation(i < hidden.size() ? Activation.RELU : Activation.IDENTITY)
              .inputGradient(i > 0)
              .build());
    }
    list.layer(loss());
    MultiLayerConfiguration conf = list.setInputType(InputType.feedForward(nIn)).build();
    plan.settle(conf.getConfs().stream().map(NeuralNetConfiguration::getLayer), seed);
    return conf;
  }

  @Override
  public void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 1) {
      throw new IllegalArgumentException("an MLP takes one input of shape [nIn]");
    }
    nIn = inputShape[0][0];
  }

  @Override
  int[] shape() {
    return new int[] {nIn};
  }

  /** Builds an {@link Mlp}. */
  public static final class Builder extends LayeredModel.Builder<Builder> {
    private int nIn = 784;
    private List<Integer> hidden = List.of(256);
    private ReparameterizationPlan plan = ReparameterizationPlan.dense();
    private Bias bias = Bias.FREE;

    private Builder() {}

    @Override
    Builder self() {
      return this;
    }

    /** The number of inputs; 784 by default. */
    public Builder nIn(int nIn) {
      this.nIn = nIn;
      return this;
    }

    /** The sizes of the hidden layers; one layer of 256 by default. */
    public Builder hidden(Integer... sizes) {
      this.hidden = List.of(sizes);
      return this;
    }

    /** The method of each layer; dense by default. */
    public Builder plan(ReparameterizationPlan plan) {
      this.plan = plan;
      return this;
    }

    /** How biases are trained; free by default. */
    public Builder bias(Bias bias) {
      this.bias = bias;
      return this;
    }

    /** Builds the model; its {@code init()} creates the network. */
    public Mlp build() {
      return new Mlp(this);
    }
  }
}
