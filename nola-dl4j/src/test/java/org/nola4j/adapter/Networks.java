// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nola4j.internal.runtime.DirectParameter;
import org.nola4j.internal.runtime.ReparameterizedFeedForwardLayer;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.layers.Bias;
import org.nola4j.layers.NolaDense;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/** Networks that the tests of adapters and counts share. */
public final class Networks {
  private Networks() {}

  /** The 784-256-10 network of NOLA's appendix A.2. */
  public static MultiLayerNetwork mlp(Reparameterization method, Bias bias) {
    return stack(7, 784, bias, List.of(256, 10), List.of(method, method));
  }

  /** A small network with one method in its only hidden layer and in its last. */
  public static MultiLayerNetwork small(Reparameterization method) {
    return stack(7, 12, Bias.FREE, List.of(9, 4), List.of(method, method));
  }

  /** Layers of these sizes and methods under a loss. */
  public static MultiLayerNetwork stack(
      long seed, int nIn, Bias bias, List<Integer> sizes, List<Reparameterization> methods) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder().seed(seed).list();
    for (int i = 0; i < sizes.size(); i++) {
      list.layer(dense(sizes.get(i), methods.get(i), bias));
    }
    list.layer(new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.feedForward(nIn)).build());
    network.init();
    return network;
  }

  /**
   * 12 - 9 - 9 - 4 with the coefficients of the first layer in all; only it and the last have a
   * bias.
   */
  public static MultiLayerNetwork tied(Reparameterization method) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .list()
                .layer(tied("layer0", 9, method, Bias.FREE, null))
                .layer(tied("layer1", 9, method, Bias.NONE, "layer0"))
                .layer(tied("layer2", 4, method, Bias.FREE, "layer0"))
                .layer(new LossLayer.Builder(LossFunction.MCXENT).build())
                .setInputType(InputType.feedForward(12))
                .build());
    network.init();
    return network;
  }

  /** The same as a graph. */
  static ComputationGraph tiedGraph(Reparameterization method) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .graphBuilder()
                .addInputs("in")
                .layer("first", tied("first", 9, method, Bias.FREE, null), "in")
                .layer("second", tied("second", 9, method, Bias.NONE, "first"), "first")
                .layer("third", tied("third", 4, method, Bias.FREE, "first"), "second")
                .layer("loss", new LossLayer.Builder(LossFunction.MCXENT).build(), "third")
                .setOutputs("loss")
                .setInputTypes(InputType.feedForward(12))
                .build());
    graph.init();
    return graph;
  }

  private static NolaDense tied(
      String name, int nOut, Reparameterization method, Bias bias, String tiedTo) {
    return new NolaDense.Builder()
        .name(name)
        .nOut(nOut)
        .bias(bias)
        .reparameterization(method)
        .activation(Activation.TANH)
        .tiedTo(tiedTo)
        .build();
  }

  /** A graph 6 - NolaDense 5 - batch normalization - ordinary head 3. */
  public static ComputationGraph graph(boolean lockGammaBeta) {
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .graphBuilder()
                .addInputs("in")
                .layer("first", dense(5, Nola.scratch(2, 4, 3), Bias.FREE), "in")
                .layer(
                    "norm",
                    new BatchNormalization.Builder().lockGammaBeta(lockGammaBeta).build(),
                    "first")
                .layer(
                    "head",
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build(),
                    "norm")
                .setOutputs("head")
                .setInputTypes(InputType.feedForward(6))
                .build());
    graph.init();
    return graph;
  }

  public static NolaDense dense(int nOut, Reparameterization method, Bias bias) {
    return new NolaDense.Builder()
        .nOut(nOut)
        .reparameterization(method)
        .bias(bias)
        .activation(Activation.TANH)
        .build();
  }

  /** Moves every parameter to numbers that only the seed decides. */
  public static <M extends Model> M perturb(M network, long seed) {
    Random random = new Random(seed);
    INDArray params = network.params();
    float[] values = new float[Math.toIntExact(params.length())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    params.assign(Nd4j.createFromArray(values).reshape(params.shape()));
    return network;
  }

  public static INDArray input(int nIn) {
    Random random = new Random(3);
    float[] values = new float[8 * nIn];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape(8, nIn);
  }

  /** A layer with two weights, which needs their names in its parameters' names. */
  static final class TwoWeights extends ReparameterizedFeedForwardLayer {
    private final Reparameterization method;

    private TwoWeights(Reparameterization method, Builder builder) {
      super(builder);
      this.method = method;
    }

    static TwoWeights of(Reparameterization method) {
      return new TwoWeights(method, new Builder());
    }

    @Override
    public List<WeightSpec> weights() {
      return List.of(
          new WeightSpec("fc1", new WeightShape(6, 8, 6), method),
          new WeightSpec("fc2", new WeightShape(8, 6, 8), method));
    }

    @Override
    public Map<String, DirectParameter> directParameters() {
      return Map.of();
    }

    @Override
    public void setMethod(String weight, Reparameterization method) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SDVariable defineLayer(
        SameDiff graph, SDVariable input, Map<String, SDVariable> variables) {
      SDVariable hidden = graphWeight("fc1", graph, variables).multiply(input);
      return graphWeight("fc2", graph, variables).multiply(hidden);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
      return inputType;
    }

    private static final class Builder extends ReparameterizedLayer.Builder<Builder> {
      @Override
      @SuppressWarnings("TypeParameterUnusedInFormals") // as in the superclass
      public <E extends Layer> E build() {
        throw new UnsupportedOperationException();
      }
    }
  }

  /** A network of a layer with two weights. */
  public static MultiLayerNetwork twoWeights(Reparameterization method) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .list()
                .layer(TwoWeights.of(method))
                .setInputType(InputType.feedForward(6))
                .build());
    network.init();
    return network;
  }
}
