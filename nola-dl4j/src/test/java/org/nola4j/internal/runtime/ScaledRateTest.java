// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nola4j.basis.Distribution;
import org.nola4j.layers.NolaDense;
import org.nola4j.network.LearningRates;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.LinearMap;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

class ScaledRateTest {
  private static final double RATE = 1e-4;
  private static final int N_IN = 60;
  private static final int N_OUT = 50;

  static Stream<Reparameterization> methods() {
    FrozenWeight w0 = FrozenWeight.seeded();
    return Stream.of(
        new Dense(),
        Pranc.scratch(200),
        Pranc.on(w0, 50),
        HashedNet.scratch(40),
        Nola.on(w0, 1, 100, 100),
        Nola.on(w0, 4, 30, 200),
        Nola.on(w0, 16, 200, 30).withC(16),
        Nola.on(w0, 4, 100, 100).withDistribution(Distribution.SIGN),
        Nola.on(w0, 4, 100, 100).withDistribution(Distribution.HADAMARD),
        Nola.on(w0, 4, 100, 100).withDistribution(Distribution.ONE_HOT),
        Nola.scratch(4, 100, 100),
        Nola.scratch(8, 20, 300));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aStepMovesAnyWeightAboutAsFarAsADenseOne(Reparameterization method) {
    MultiLayerNetwork network = network(method, true, new Adam(RATE));
    double moved = moved(network) / RATE;
    assertTrue(moved > 0.6 && moved < 1.7, moved + " times the rate");
  }

  static Stream<Reparameterization> methodsThatStartNearZero() {
    FrozenWeight w0 = FrozenWeight.seeded();
    return Stream.of(
        Lora.on(w0, 1),
        Lora.on(w0, 8),
        Nola.on(w0, 4, 100, 100).withBasisScale(BasisScale.COUNT),
        Nola.on(w0, 4, 100, 100).withBasisScale(BasisScale.KAIMING),
        Nola.release2023(4, 100, 100),
        Nola.release2024(4, 100, 100).withW0(FrozenWeight.seeded()));
  }

  /** Their factors grow with every step, and so does what the next step moves. */
  @ParameterizedTest
  @MethodSource("methodsThatStartNearZero")
  void aStepFromNearZeroMovesLessUntilTheWeightHasGrown(Reparameterization method) {
    MultiLayerNetwork network = network(method, true, new Adam(RATE));
    assertTrue(moved(network) < RATE);
    Factorization weight = layer(network).factorizations().get("W");
    double usual = 1 / Math.sqrt(3 * N_IN);
    for (int steps = 0; steps < 10_000 && size(network) < usual; steps += 1) {
      grow(network, weight, 20 * RATE / weight.elementStep());
    }
    double moved = moved(network) / RATE;
    assertTrue(moved > 0.5 && moved < 2, moved + " times the rate");
  }

  @Test
  void directParametersKeepTheRate() {
    NolaDense layer = layer(network(Nola.scratch(4, 100, 100), true, new Adam(RATE)));
    assertEquals(RATE, layer.getUpdaterByParam("b").getLearningRate(0, 0));
    assertNotEquals(RATE, layer.getUpdaterByParam("alpha").getLearningRate(0, 0));
  }

  @Test
  void theRateIsThatOfCoefficientsUnlessScaled() {
    NolaDense layer = layer(network(Nola.scratch(4, 100, 100), false, new Adam(RATE)));
    assertEquals(RATE, layer.getUpdaterByParam("alpha").getLearningRate(0, 0));
  }

  @Test
  void ratesSetDuringTrainingKeepTheirRatio() {
    Nola method = Nola.on(FrozenWeight.seeded(), 4, 100, 100);
    MultiLayerNetwork network = network(method, true, new Adam(RATE));
    INDArray start = network.params().dup();
    INDArray step = step(network);
    MultiLayerNetwork halved = network(method, true, new Adam(RATE));
    LearningRates.set(halved, RATE / 2);
    assertEquals(start, halved.params());
    assertTrue(step.mul(0.5).equalsWithEps(step(halved), 1e-7));
    assertTrue(step.norm2Number().doubleValue() > 1e-3);
  }

  @Test
  void schedulesAreFollowed() {
    IUpdater updater = new Adam(new ExponentialSchedule(ScheduleType.EPOCH, RATE, 0.5));
    NolaDense layer = layer(network(Nola.scratch(4, 100, 100), true, updater));
    IUpdater scaled = layer.getUpdaterByParam("beta");
    assertEquals(scaled.getLearningRate(0, 0) / 8, scaled.getLearningRate(7, 3), 1e-12);
  }

  @Test
  void updatersWithoutARateAreLeftAlone() {
    NolaDense layer = layer(network(Nola.scratch(4, 10, 10), true, new AdaDelta()));
    assertEquals(new AdaDelta(), layer.getUpdaterByParam("alpha"));
  }

  @Test
  void updatersWhoseStepsGrowWithTheGradientAreRefused() {
    for (IUpdater updater : new IUpdater[] {new Sgd(0.1), new Nesterovs(0.1)}) {
      Exception e =
          assertThrows(
              IllegalStateException.class, () -> network(Nola.scratch(4, 10, 10), true, updater));
      assertTrue(
          e.getMessage().contains("\"hidden\": scaledRate needs an updater"), e.getMessage());
    }
  }

  @Test
  void jsonKeepsIt() {
    MultiLayerConfiguration conf =
        network(Nola.scratch(4, 10, 10), true, new Adam(RATE)).getLayerWiseConfigurations();
    MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(conf.toJson());
    assertEquals(conf.getConf(0).getLayer(), read.getConf(0).getLayer());
    assertTrue(((NolaDense) read.getConf(0).getLayer()).isScaledRate());
    String without =
        network(Nola.scratch(4, 10, 10), false, new Adam(RATE))
            .getLayerWiseConfigurations()
            .toJson();
    assertTrue(!without.contains("scaledRate"), "files must stay as they were");
  }

  @Test
  void adaptersHaveIt() {
    MultiLayerNetwork trained =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new DenseLayer.Builder().nIn(N_IN).nOut(N_OUT).build())
                .layer(
                    new NolaDense.Builder()
                        .nIn(N_OUT)
                        .nOut(20)
                        .reparameterization(new Dense())
                        .build())
                .layer(new OutputLayer.Builder().nIn(20).nOut(3).build())
                .build());
    trained.init();
    MultiLayerNetwork network =
        Adapters.wrap(
                trained,
                AdapterPlan.builder()
                    .adapt("0|1", w0 -> Nola.on(w0, 4, 400, 400))
                    .updater(new Adam(RATE))
                    .scaledRate()
                    .build())
            .network();
    for (int i = 0; i < 2; i++) {
      ReparameterizedLayer layer = (ReparameterizedLayer) network.getLayer(i).conf().getLayer();
      Factorization weight = layer.factorizations().get("W");
      assertEquals(
          RATE / weight.elementStep(),
          ((BaseLayer) layer).getUpdaterByParam("alpha").getLearningRate(0, 0),
          1e-12);
    }
  }

  @Test
  void mapsOfOtherMethodsAreMeasured() {
    LinearMap.Combination known =
        (LinearMap.Combination)
            Nola.scratch(4, 100, 100)
                .factorize(new WeightShape(60, 50, 60), 1)
                .factors()
                .get(0)
                .map();
    LinearMap unknown = new Doubled(known);
    assertEquals(1, unknown.elementStep() / (2 * known.elementStep()), 0.1);
  }

  /** Twice another map. */
  private record Doubled(LinearMap map) implements LinearMap {
    @Override
    public int parameters() {
      return map.parameters();
    }

    @Override
    public int elements() {
      return map.elements();
    }

    @Override
    public void expand(float[] parameters, float[] elements) {
      map.expand(parameters, elements);
      for (int e = 0; e < elements.length; e++) {
        elements[e] *= 2;
      }
    }

    @Override
    public void expand(double[] parameters, double[] elements) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void pullBack(float[] elementGradient, float[] parameterGradient) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void pullBack(double[] elementGradient, double[] parameterGradient) {
      throw new UnsupportedOperationException();
    }
  }

  private static MultiLayerNetwork network(
      Reparameterization method, boolean scaledRate, IUpdater updater) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(updater)
                .list()
                .layer(
                    new NolaDense.Builder()
                        .name("hidden")
                        .nIn(N_IN)
                        .nOut(N_OUT)
                        .activation(Activation.TANH)
                        .reparameterization(method)
                        .scaledRate(scaledRate)
                        .build())
                .layer(
                    new OutputLayer.Builder()
                        .nIn(N_OUT)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
    network.init();
    return network;
  }

  /** Moves every trained number of W by so much, up or down at random but always the same way. */
  private static void grow(MultiLayerNetwork network, Factorization weight, double by) {
    Nd4j.getRandom().setSeed(5);
    for (Factor factor : weight.factors()) {
      INDArray vector = network.getParam("0_" + factor.parameter());
      vector.addi(Transforms.sign(Nd4j.randn(vector.shape())).muli(by));
    }
  }

  /** The size of what is added to W0. */
  private static double size(MultiLayerNetwork network) {
    Factorization weight = layer(network).factorizations().get("W");
    float[] w0 = weight.frozenWeight();
    return distance(weight(network), w0 == null ? new float[N_IN * N_OUT] : w0);
  }

  private static double moved(MultiLayerNetwork network) {
    float[] before = weight(network);
    step(network);
    return distance(weight(network), before);
  }

  /** Root mean square of the differences. */
  private static double distance(float[] left, float[] right) {
    double squares = 0;
    for (int e = 0; e < left.length; e++) {
      squares += Math.pow(left[e] - right[e], 2);
    }
    return Math.sqrt(squares / left.length);
  }

  private static NolaDense layer(MultiLayerNetwork network) {
    return (NolaDense) network.getLayer(0).conf().getLayer();
  }

  /** What one step on the same data changes. */
  private static INDArray step(MultiLayerNetwork network) {
    INDArray start = network.params().dup();
    Nd4j.getRandom().setSeed(1);
    INDArray labels = Nd4j.zeros(64, 3);
    for (int i = 0; i < 64; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    network.fit(Nd4j.randn(64, N_IN), labels);
    return network.params().sub(start);
  }

  private static float[] weight(MultiLayerNetwork network) {
    Factorization weight = layer(network).factorizations().get("W");
    Map<String, float[]> vectors = new LinkedHashMap<>();
    weight
        .factors()
        .forEach(
            factor ->
                vectors.put(
                    factor.parameter(),
                    network.getParam("0_" + factor.parameter()).dup('c').data().asFloat()));
    return weight.weight(vectors);
  }
}
