// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Defects of Deeplearning4j 1.0.0-M2.1 that this package works around. If an upgrade fixes one, its
 * test fails and the workaround must go.
 */
class UpstreamDefectsTest {
  private MultiLayerNetwork network;

  @BeforeEach
  void makeNetwork() {
    network = network(new Sgd(1));
  }

  @Test
  void gradientOfSameDiffLayersIsDoubled() {
    INDArray before = network.getParam("0_W").dup();
    INDArray x = Nd4j.createFromArray(new float[][] {{1, 2}});
    INDArray y = Nd4j.createFromArray(new float[][] {{0.5f}});
    double error = x.mmul(before).sub(y).getDouble(0);
    network.fit(x, y);
    INDArray analytic = x.transpose().mul(2 * error); // of (xW - y)^2
    assertEquals(
        2.0, before.sub(network.getParam("0_W")).getDouble(0) / analytic.getDouble(0), 1e-4);
  }

  @Test
  void setParamOfSameDiffLayersAssignsNothing() {
    INDArray before = network.getParam("0_W").dup();
    network.setParam("0_W", before.add(1));
    assertEquals(before, network.getParam("0_W"));
  }

  @Test
  void noOpUpdaterDoesNotFreeze() {
    MultiLayerNetwork frozen = network(new NoOp());
    INDArray before = frozen.getParam("0_W").dup();
    frozen.fit(
        Nd4j.createFromArray(new float[][] {{1, 2}}), Nd4j.createFromArray(new float[][] {{0.5f}}));
    assertEquals(false, before.equals(frozen.getParam("0_W")));
  }

  @Test
  void setLearningRateLeavesSameDiffLayersOut() {
    network.setLearningRate(0);
    INDArray before = network.getParam("0_W").dup();
    network.fit(
        Nd4j.createFromArray(new float[][] {{1, 2}}), Nd4j.createFromArray(new float[][] {{0.5f}}));
    assertEquals(false, before.equals(network.getParam("0_W")));
  }

  private static MultiLayerNetwork network(IUpdater updater) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(updater)
                .list()
                .layer(new Linear())
                .layer(
                    new LossLayer.Builder(LossFunction.MSE).activation(Activation.IDENTITY).build())
                .build());
    network.init();
    return network;
  }

  /** {@code y = x W} with DL4J's stock runtime. */
  static class Linear extends SameDiffLayer {
    @Override
    public SDVariable defineLayer(
        SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
      return input.mmul(parameters.get("W"));
    }

    @Override
    public void defineParameters(SDLayerParams params) {
      params.addWeightParam("W", 2, 1);
    }

    @Override
    public void initializeParameters(Map<String, INDArray> params) {
      params.get("W").assign(0.25);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
      return InputType.feedForward(1);
    }
  }
}
