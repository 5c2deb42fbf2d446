// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.tasks.Cifar10ResNet20Experiment;
import org.nola4j.experiments.tasks.MnistExperiment;
import org.nola4j.models.Gpt2;

/** Against large batches. */
class GradientAccumulationTest {
  private static final ExampleShape SHAPE = ExampleShape.flat(784, 10);
  private static final int TOKENS = 6;
  private static final int WORDS = 11;

  private static Network languageModel() {
    return new GraphNetwork(
        Gpt2.sized(8, 1)
            .heads(2)
            .vocabularySize(WORDS)
            .maxPositions(TOKENS)
            .updater(new Nesterovs(0.1, 0.9))
            .labelSmoothing(0.1)
            .build()
            .init());
  }

  /** Each text has other ends and other labeled tokens, but every two texts as many as the rest. */
  private static DataSet texts() {
    SplittableRandom random = new SplittableRandom(3);
    float[] tokens = new float[4 * TOKENS];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = random.nextInt(WORDS);
    }
    INDArray ids = Nd4j.createFromArray(tokens).reshape(4, TOKENS);
    INDArray mask =
        Nd4j.createFromArray(
            new float[][] {
              {1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 0, 0}
            });
    INDArray labeled =
        Nd4j.createFromArray(
            new float[][] {
              {0, 1, 1, 0, 0, 0}, {0, 0, 1, 1, 1, 1}, {0, 1, 1, 1, 1, 0}, {0, 0, 1, 1, 0, 0}
            });
    return new DataSet(ids, ids.rsub(WORDS - 1), mask, labeled);
  }

  private static DataSet rows(DataSet all, int from, int to) {
    return new DataSet(
        rows(all.getFeatures(), from, to),
        rows(all.getLabels(), from, to),
        rows(all.getFeaturesMaskArray(), from, to),
        rows(all.getLabelsMaskArray(), from, to));
  }

  private static INDArray rows(INDArray array, int from, int to) {
    return array == null
        ? null
        : array.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).dup();
  }

  private static INDArray change(Network network, Runnable training) {
    INDArray before = network.model().params().dup();
    training.run();
    return network.model().params().sub(before);
  }

  private static void assertClose(INDArray expected, INDArray found) {
    double size = expected.norm2Number().doubleValue();
    assertTrue(size > 0);
    assertEquals(0, expected.sub(found).norm2Number().doubleValue(), 1e-6 * size);
  }

  @Test
  void stepOfTextsEqualsThatOfALargeBatch() {
    DataSet all = texts();
    Network large = languageModel();
    Network small = languageModel();
    GradientAccumulation accumulation = GradientAccumulation.over(small, 2, null);
    for (int step = 1; step <= 2; step++) {
      INDArray expected = change(large, () -> large.fit(all));
      INDArray found =
          change(
              small,
              () -> {
                accumulation.add(rows(all, 0, 2));
                accumulation.step(rows(all, 2, 4));
              });
      assertClose(expected, found);
      assertEquals(large.model().score(), accumulation.loss(), 1e-6);
      assertEquals(4, accumulation.examples());
      assertEquals(step, small.counters().iterations());
    }
  }

  private static Network network(NeuralNetConfiguration.Builder settings) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            settings
                .seed(1)
                .list()
                .layer(new DenseLayer.Builder().nIn(5).nOut(4).activation(Activation.TANH).build())
                .layer(
                    new OutputLayer.Builder().nIn(4).nOut(3).activation(Activation.SOFTMAX).build())
                .build());
    network.init();
    return new LayeredNetwork(network);
  }

  private static Network clipped() {
    return network(
        new NeuralNetConfiguration.Builder()
            .updater(new Adam(0.1))
            .gradientNormalization(GradientNormalization.ClipElementWiseAbsoluteValue)
            .gradientNormalizationThreshold(0.01));
  }

  /** Clipping the parts of a gradient would not be clipping the gradient. */
  @Test
  void meanGradientIsClipped() {
    Nd4j.getRandom().setSeed(7);
    INDArray features = Nd4j.rand(DataType.FLOAT, 6, 5).muli(4);
    INDArray labels = Nd4j.zeros(6, 3);
    for (int i = 0; i < 6; i++) {
      labels.putScalar(i, i % 3, 1);
    }
    DataSet all = new DataSet(features, labels);
    Network large = clipped();
    Network small = clipped();
    GradientAccumulation accumulation = GradientAccumulation.over(small, 3, null);
    for (int step = 0; step < 2; step++) {
      INDArray expected = change(large, () -> large.fit(all));
      INDArray found =
          change(
              small,
              () -> {
                accumulation.add(rows(all, 0, 2));
                accumulation.add(rows(all, 2, 4));
                accumulation.step(rows(all, 4, 6));
              });
      assertClose(expected, found);
    }
  }

  private static Network descending() {
    return network(new NeuralNetConfiguration.Builder().updater(new Sgd(1)));
  }

  /** A step of gradient descent by the rate 1 is the gradient. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void longGradientsAreShortened(boolean accumulated) {
    DataSet all =
        new DataSet(
            Nd4j.createFromArray(new float[][] {{1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}}),
            Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 0, 1}}));
    Network free = descending();
    INDArray gradient = change(free, () -> free.fit(all));
    double norm = gradient.norm2Number().doubleValue();
    for (double most : new double[] {norm / 3, 1.01 * norm}) {
      Network network = descending();
      GradientAccumulation accumulation =
          GradientAccumulation.over(network, accumulated ? 2 : 1, most);
      GradientAccumulation.over(network, 1, most); // one that makes no steps changes nothing
      INDArray step =
          change(
              network,
              () -> {
                if (accumulated) {
                  accumulation.add(rows(all, 0, 1));
                }
                accumulation.step(accumulated ? rows(all, 1, 2) : all);
              });
      assertClose(gradient.mul(Math.min(1, most / norm)), step);
    }
  }

  private static NetworkRun run(String... settings) {
    ExperimentConfig config = config(settings);
    return new NetworkRun(
        config,
        new MnistExperiment().network(config, SHAPE),
        new RandomImages(SHAPE),
        (any, file) -> {},
        Rounds::oneAfterAnother,
        null);
  }

  private static ExperimentConfig config(String... settings) {
    return ConfigLoader.packaged()
        .load("mnist", "nola", List.of(settings).stream().map(Setting::parse).toList());
  }

  /** Four batches: a step of three and one of one. */
  @Test
  void runContinuesAfterAStepWithTheSameBits() throws IOException {
    String[] settings = {
      "training.gradientAccumulation=3", "training.schedule={\"kind\":\"linear\",\"warmupSteps\":1}"
    };
    NetworkRun whole = run(settings);
    List<Integer> examples = new ArrayList<>();
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    whole.trainEpoch(
        1,
        0,
        (count, loss) -> {
          if (examples.isEmpty()) {
            whole.writeState(state);
          }
          examples.add(count);
        });
    NetworkRun rest = run(settings);
    rest.readState(new ByteArrayInputStream(state.toByteArray()));
    rest.trainEpoch(1, 1, (count, loss) -> assertEquals(8, count));
    assertEquals(List.of(24, 8), examples);
    assertEquals(2, whole.batchesPerEpoch());
    assertArrayEquals(state(whole), state(rest));
  }

  private static byte[] state(NetworkRun run) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    run.writeState(out);
    return out.toByteArray();
  }

  @Test
  void whereItDoesNotApplyItIsRefused() {
    Network normalized =
        new Cifar10ResNet20Experiment()
            .network(
                ConfigLoader.packaged().load("cifar10-resnet20", "nola", List.of()),
                ExampleShape.images(8, 10));
    UserException statistics =
        assertThrows(UserException.class, () -> GradientAccumulation.over(normalized, 2, null));
    assertTrue(statistics.getMessage().contains("layer stem.norm normalizes by"));
    UserException averaging =
        assertThrows(
            UserException.class,
            () ->
                config(
                    "training.gradientAccumulation=2",
                    "training.averaging={\"workers\":2,\"every\":1}"));
    assertTrue(averaging.getMessage().contains("gradientAccumulation is 2, but"));
  }
}
