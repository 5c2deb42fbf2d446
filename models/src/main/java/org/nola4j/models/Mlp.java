// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.zoo.ModelMetaData;
import org.deeplearning4j.zoo.PretrainedType;
import org.deeplearning4j.zoo.ZooModel;
import org.deeplearning4j.zoo.ZooType;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.layers.Bias;
import org.nola4j.layers.NolaDense;

/**
 * A multilayer perceptron: fully connected layers with ReLU between them and softmax cross-entropy on top. The default is the 784-256-10 network of the paper's appendix A.2.
 *
 * <p>Input: [batch, nIn]. Labels: one-hot, [batch, nOut]. Layers are named {@code dense1}, {@code
 * dense2}, ... and {@code loss}.
 */
public final class Mlp extends ZooModel<MultiLayerNetwork> {
  private final List<Integer> hidden;
  private final int nOut;
  private final ReparameterizationPlan plan;
  private final Bias bias;
  private final IUpdater updater;
  private final long seed;
  private int nIn;

  private Mlp(Builder builder) {
    this.nIn = builder.nIn;
    this.hidden = List.copyOf(builder.hidden);
    this.nOut = builder.nOut;
    this.plan = builder.plan;
    this.bias = builder.bias;
    this.updater = builder.updater;
    this.seed = builder.seed;
  }

  /** A builder with the defaults of appendix A.2. */
  public static Builder builder() {
    return new Builder();
  }

  /** The network's configuration. */
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
    list.layer(
        new LossLayer.Builder(LossFunction.MCXENT)
            .name("loss")
            .activation(Activation.SOFTMAX)
            .build());
    MultiLayerConfiguration conf = list.setInputType(InputType.feedForward(nIn)).build();
    plan.settle(conf.getConfs().stream().map(NeuralNetConfiguration::getLayer), seed);
    return conf;
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <M extends Model> M init() {
    MultiLayerNetwork network = new MultiLayerNetwork(conf());
    network.init();
    return (M) network;
  }

  @Override
  public void setInputShape(int[][] inputShape) {
    if (inputShape.length != 1 || inputShape[0].length != 1) {
      throw new IllegalArgumentException("an MLP takes one input of shape [nIn]");
    }
    nIn = inputShape[0][0];
  }

  @Override
  @SuppressWarnings("deprecation")
  public ModelMetaData metaData() {
    return new ModelMetaData(new int[][] {{nIn}}, 1, ZooType.CNN);
  }

  @Override
  public Class<? extends Model> modelType() {
    return MultiLayerNetwork.class;
  }

  @Override
  public String pretrainedUrl(PretrainedType pretrainedType) {
    return null;
  }

  @Override
  public long pretrainedChecksum(PretrainedType pretrainedType) {
    return 0;
  }

  /** Builds an {@link Mlp}. */
  public static final class Builder {
    private int nIn = 784;
    private List<Integer> hidden = List.of(256);
    private int nOut = 10;
    private ReparameterizationPlan plan = ReparameterizationPlan.dense();
    private Bias bias = Bias.FREE;
    private IUpdater updater = new Adam(1e-3);
    private long seed = 1;

    private Builder() {}

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

    /** The number of classes; 10 by default. */
    public Builder nOut(int nOut) {
      this.nOut = nOut;
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

    /** DL4J's updater; Adam with learning rate 0.001 by default. */
    public Builder updater(IUpdater updater) {
      this.updater = updater;
      return this;
    }

    /** The seed of everything random; 1 by default. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** Builds the model; its {@code init()} creates the network. */
    public Mlp build() {
      return new Mlp(this);
    }
  }
}
