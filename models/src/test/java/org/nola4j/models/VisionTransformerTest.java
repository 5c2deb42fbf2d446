// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.models.checkpoint.VitDimensions;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;

@Tag("slow")
class VisionTransformerTest {
  static VisionTransformer.Builder small() {
    return VisionTransformer.tiny().imageSize(8).patchSize(4).width(6).depth(2).heads(3).classes(3);
  }

  static Stream<Arguments> presets() {
    return Stream.of(
        Arguments.of(VisionTransformer.tiny(), 192, 12, 5_717_416),
        Arguments.of(VisionTransformer.small(), 384, 12, 22_050_664),
        Arguments.of(VisionTransformer.base(), 768, 12, 86_567_656),
        Arguments.of(VisionTransformer.large(), 1024, 24, 304_326_632));
  }

  /** timm's counts; nothing is allocated. */
  @ParameterizedTest
  @MethodSource("presets")
  void presetsHaveTimmsParameters(
      VisionTransformer.Builder preset, int width, int depth, long parameters) {
    assertEquals(parameters, count(preset.build().conf()));
    assertEquals(
        parameters,
        new VitDimensions(width, depth, 4 * width, 3, 16, 197, 1000, false).parameters());
  }

  private static long count(ComputationGraphConfiguration conf) {
    long count = 0;
    for (GraphVertex vertex : conf.getVertices().values()) {
      if (vertex instanceof LayerVertex layer) {
        count += layer.getLayerConf().getLayer().initializer().numParams(layer.getLayerConf());
      }
    }
    return count;
  }

  @Test
  void aPlanMayNameSingleWeights() {
    Nola nola = Nola.scratch(1, 5, 7);
    ReparameterizationPlan plan =
        ReparameterizationPlan.all(Lora.on(FrozenWeight.seeded(), 1))
            .with("block1", new Dense())
            .with("block1.fc1", nola)
            .with("head", new Dense());
    assertEquals(nola, plan.method("block1", "fc1"));
    assertEquals(new Dense(), plan.method("block1", "fc2"));
    assertEquals(Lora.on(FrozenWeight.seeded(), 1), plan.method("block0", "fc1"));
    ComputationGraph network = small().plan(plan).build().init();
    assertArrayEquals(new long[] {1, 5}, network.getParam("block1_fc1.alpha").shape());
    assertArrayEquals(new long[] {24, 6}, network.getParam("block1_fc2.W").shape());
    assertArrayEquals(new long[] {6, 1}, network.getParam("block0_q.A").shape());
    assertArrayEquals(new long[] {48, 1}, network.getParam("embed_A").shape());
    assertArrayEquals(new long[] {6, 3}, network.getParam("head_W").shape());
    assertEquals(network.numParams(), ParameterCount.of(network).stored());
  }

  @Test
  void learnsToTellFourImagesApart() {
    ComputationGraph network = small().classes(4).updater(new Adam(0.01)).build().init();
    Nd4j.getRandom().setSeed(3);
    INDArray images = Nd4j.randn(DataType.FLOAT, 4, 3, 8, 8);
    DataSet data = new DataSet(images, Nd4j.eye(4).castTo(DataType.FLOAT));
    for (int step = 0; step < 60; step++) {
      network.fit(data);
    }
    assertArrayEquals(
        new long[] {0, 1, 2, 3}, network.outputSingle(images).argMax(1).toLongVector());
  }

  @Test
  void takesImagesThatAreNoSquares() {
    VisionTransformer model = small().build();
    model.setInputShape(new int[][] {{3, 8, 12}});
    ComputationGraph network = model.init();
    assertArrayEquals(new long[] {7, 6}, network.getParam("embed_pos").shape());
    assertArrayEquals(
        new long[] {2, 3}, network.outputSingle(Nd4j.ones(DataType.FLOAT, 2, 3, 8, 12)).shape());
  }

  @Test
  void refusesWhatCannotBe() {
    assertTrue(message(() -> small().width(0)).contains("width must be positive, but is 0"));
    assertTrue(message(() -> small().classes(1)).contains("classes must be at least 2"));
    assertTrue(message(() -> small().heads(4).build().conf()).contains("multiple of heads = 4"));
    assertTrue(
        message(() -> small().imageSize(10).build().conf()).contains("multiples of patchSize = 4"));
  }

  private static String message(Runnable action) {
    RuntimeException e = assertThrows(IllegalArgumentException.class, action::run);
    return e.getMessage() + Arrays.toString(e.getSuppressed());
  }
}
