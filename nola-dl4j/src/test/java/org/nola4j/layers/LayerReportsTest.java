// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.memory.MemoryType;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Nola;

/** What DL4J computes about a layer: scores, summaries, memory, the order of parameters. */
class LayerReportsTest {
  private static OutputLayer output() {
    return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
  }

  private static MultiLayerNetwork network(NeuralNetConfiguration.Builder settings, Layer first) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            settings
                .list()
                .layer(first)
                .layer(output())
                .setInputType(InputType.feedForward(4))
                .build());
    network.init();
    return network;
  }

  /** In double precision. */
  @Nested
  @ExtendWith(DoublePrecision.class)
  class Scores {
    private NeuralNetConfiguration.Builder settings() {
      return new NeuralNetConfiguration.Builder()
          .seed(3)
          .dataType(DataType.DOUBLE)
          .updater(new NoOp())
          .activation(Activation.TANH);
    }

    @Test
    void scoresHaveTheTermsOfRegularization() {
      List<NeuralNetConfiguration.Builder> all =
          List.of(
              settings().l2(0.1),
              settings().l1(0.1),
              settings().l1(0.1).l2(0.2).l1Bias(0.3).l2Bias(0.4));
      for (NeuralNetConfiguration.Builder settings : all) {
        List<Double> scores = new ArrayList<>();
        for (Layer first :
            List.of(
                new DenseLayer.Builder().nOut(6).build(),
                new NolaDense.Builder().nOut(6).reparameterization(new Dense()).build())) {
          MultiLayerNetwork network = network(settings, first);
          network.getParam("0_W").assign(0.5);
          network.getParam("0_b").assign(0.25);
          network.getParam("1_W").assign(0);
          scores.add(network.calcRegularizationScore(true));
          scores.add(network.score(new DataSet(Nd4j.ones(3, 4), Nd4j.eye(3))));
          scores.add(
              network.scoreExamples(new DataSet(Nd4j.ones(3, 4), Nd4j.eye(3)), true).getDouble(0));
        }
        assertEquals(scores.subList(0, 3), scores.subList(3, 6));
        assertTrue(scores.get(0) > 0);
      }
    }

    /** DL4J's own layers have the network's weight decay twice. */
    @Test
    void weightDecayOfTheNetworkIsAppliedOnce() {
      NolaDense own = new NolaDense.Builder().nOut(6).reparameterization(new Dense()).build();
      MultiLayerNetwork network = network(settings().weightDecay(0.1).weightDecayBias(0.2), own);
      network.getParam("0_W").assign(0.5);
      network.getParam("0_b").assign(0.25);
      double expected = 0.5 * (0.1 * 24 * 0.25 + 0.2 * 6 * 0.0625);
      assertEquals(expected, network.getLayer(0).calcRegularizationScore(true), 1e-12);
    }

    @Test
    void gradientsAreThoseOfTheScoreWithRegularization() {
      for (var method : List.of(new Dense(), Nola.on(FrozenWeight.seeded(), 2, 4, 3))) {
        MultiLayerNetwork network =
            network(
                settings().l1(0.01).l2(0.1).l2Bias(0.2),
                new NolaDense.Builder().nOut(6).reparameterization(method).build());
        network.getParam("0_b").assign(0.3);
        assertTrue(
            GradientCheckUtil.checkGradients(
                new GradientCheckUtil.MLNConfig()
                    .net(network)
                    .input(Nd4j.rand(DataType.DOUBLE, 3, 4))
                    .labels(Nd4j.eye(3))));
      }
    }
  }

  @Test
  void summariesShowTypesAndSizes() {
    NeuralNetConfiguration.Builder settings = new NeuralNetConfiguration.Builder();
    String summary = network(settings, new NolaDense.Builder().nOut(6).build()).summary();
    assertTrue(
        summary.matches("(?s).*layer0 \\(NolaDenseLayer\\) +4,6 +38 +alpha:\\{1,16\\}.*"), summary);
    ComputationGraph graph =
        new ComputationGraph(
            settings
                .graphBuilder()
                .addInputs("in")
                .setInputTypes(InputType.convolutional(8, 8, 2, CNN2DFormat.NHWC))
                .addLayer("conv", new NolaConv.Builder(3).nOut(5).build(), "in")
                .addVertex("mean", new GlobalAverageVertex(), "conv")
                .addLayer("out", output(), "mean")
                .setOutputs("out")
                .build());
    graph.init();
    summary = graph.summary();
    assertTrue(summary.matches("(?s).*conv \\(NolaConvLayer\\) +2,5 +505 .*"), summary);
    assertEquals(2, graph.layerInputSize("conv"));
    assertEquals(5, graph.layerSize("conv"));
  }

  @Test
  void memoryReportsCountParametersStateAndFactors() {
    NeuralNetConfiguration.Builder settings =
        new NeuralNetConfiguration.Builder().updater(new Adam(0.1));
    NolaDense layer =
        new NolaDense.Builder()
            .nOut(6)
            .reparameterization(Nola.on(FrozenWeight.seeded(), 2, 5, 7))
            .build();
    MultiLayerNetwork network = network(settings, layer);
    var report = layer.getMemoryReport(InputType.feedForward(4));
    long parameters = 5 + 7 + 6;
    long factors = 2 * (4 + 6);
    long weights = 2 * 4 * 6; // W0 and W
    assertEquals(parameters, report.getParameterSize());
    assertEquals(2 * parameters, report.getUpdaterStateSize());
    assertEquals(
        4 * (parameters + factors + weights + 6 + 10 * 6),
        report.getTotalMemoryBytes(
            10,
            MemoryUseMode.INFERENCE,
            org.deeplearning4j.nn.conf.CacheMode.NONE,
            DataType.FLOAT));
    assertEquals(
        4 * 2 * parameters,
        report.getMemoryBytes(
            MemoryType.UPDATER_STATE,
            10,
            MemoryUseMode.TRAINING,
            org.deeplearning4j.nn.conf.CacheMode.NONE,
            DataType.FLOAT));
    assertTrue(
        network
            .getLayerWiseConfigurations()
            .getMemoryReport(InputType.feedForward(4))
            .toString()
            .contains("NolaDense"));
  }

  /** DL4J flattens others in the order that a layer's gradient says. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "LINE_GRADIENT_DESCENT",
        "CONJUGATE_GRADIENT",
        "LBFGS",
        "STOCHASTIC_GRADIENT_DESCENT"
      })
  void everyOptimizerDoesWithOurLayerWhatItDoesWithDl4js(OptimizationAlgorithm algorithm) {
    Nd4j.getRandom().setSeed(4);
    INDArray x = Nd4j.randn(DataType.FLOAT, 12, 4);
    INDArray y = Nd4j.vstack(Nd4j.eye(3), Nd4j.eye(3), Nd4j.eye(3), Nd4j.eye(3));
    List<Double> scores = new ArrayList<>();
    INDArray w = Nd4j.randn(DataType.FLOAT, 4, 6).muli(0.5);
    INDArray v = Nd4j.randn(DataType.FLOAT, 6, 3).muli(0.5);
    for (Layer first :
        List.of(
            new DenseLayer.Builder().nOut(6).build(),
            new NolaDense.Builder().nOut(6).reparameterization(new Dense()).build())) {
      MultiLayerNetwork network =
          network(
              new NeuralNetConfiguration.Builder()
                  .seed(1)
                  .optimizationAlgo(algorithm)
                  .updater(new Sgd(0.5))
                  .activation(Activation.TANH),
              first);
      network.getParam("0_W").assign(w);
      network.getParam("1_W").assign(v);
      DataSet data = new DataSet(x, y);
      scores.add(network.score(data));
      for (int i = 0; i < 4; i++) {
        network.fit(data);
        scores.add(network.score(data));
      }
    }
    for (int i = 0; i < 5; i++) {
      assertEquals(scores.get(i), scores.get(5 + i), 1e-4, algorithm + " " + scores);
    }
    assertTrue(scores.get(9) < scores.get(5), scores.toString());
  }

  @Test
  void flatParametersAreInTheOrderOfTheTable() {
    MultiLayerNetwork network =
        network(new NeuralNetConfiguration.Builder(), new NolaDense.Builder().nOut(6).build());
    network.setParams(Nd4j.arange((double) network.numParams()).castTo(DataType.FLOAT));
    List<Float> values = new ArrayList<>();
    network
        .getLayer(0)
        .paramTable()
        .values()
        .forEach(
            array -> {
              for (float value : array.dup('c').data().asFloat()) {
                values.add(value);
              }
            });
    for (int i = 0; i < values.size(); i++) {
      assertEquals(i, values.get(i));
    }
    assertArrayEquals(
        new Object[] {"alpha", "beta", "b"}, network.getLayer(0).paramTable().keySet().toArray());
  }
}
