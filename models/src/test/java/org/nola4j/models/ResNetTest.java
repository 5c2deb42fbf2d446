// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.adapter.Precision;
import org.nola4j.layers.Bias;
import org.nola4j.layers.KernelView;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** The counts are those of the paper's tables 8 and 9. */
@Tag("slow")
class ResNetTest {

  @Test
  void resNet20HasThePapersParameters() {
    ParameterCount count = count(ResNet20.builder());
    assertEquals(269_722, count.trained());
    assertEquals(1_376, count.batchNormAffine());
    assertEquals(1_376, count.batchNormStatistics());
    assertEquals(10, count.biases());
  }

  @Test
  void resNet18HasThePapersParameters() {
    ParameterCount count = count(ResNet18.builder());
    assertEquals(11_227_812, count.trained());
    assertEquals(9_600, count.batchNormAffine());
  }

  @Test
  void nolaTrainsAsManyAsThePaper() {
    for (KernelView view : KernelView.values()) {
      assertEquals(
          12_876,
          count(
                  ResNet20.builder()
                      .kernelView(view)
                      .bias(Bias.FOLDED)
                      .plan(plan(Nola.scratch(8, 250, 250), Nola.scratch(8, 1000, 1000))))
              .trained());
    }
    assertEquals(
        109_600,
        count(
                ResNet18.builder()
                    .bias(Bias.FOLDED)
                    .plan(plan(Nola.scratch(16, 2000, 2000), Nola.scratch(16, 10_000, 10_000))))
            .trained());
  }

  @Test
  void prancWithOneVectorTrainsAsManyAsThePaper() {
    ReparameterizationPlan plan =
        ReparameterizationPlan.all(Pranc.scratch(10_000)).sharedFrom("stem");
    ParameterCount count = count(ResNet20.builder().bias(Bias.FOLDED).plan(plan));
    assertEquals(10_000, count.coefficients());
    assertEquals(11_376, count.trained());
    assertEquals(12_752, count.stored());
  }

  @Test
  void prancALayerTrainsAsManyAsThePaper() {
    ParameterCount count =
        count(
            ResNet18.builder()
                .bias(Bias.FOLDED)
                .plan(plan(Pranc.scratch(4000), Pranc.scratch(20_000))));
    assertEquals(109_600, count.trained());
    assertEquals(119_200, count.stored());
  }

  @Test
  void hashedNetStoresAsManyAsThePaper() {
    assertEquals(
        129_200,
        count(
                ResNet18.builder()
                    .bias(Bias.FOLDED)
                    .plan(plan(HashedNet.scratch(4500), HashedNet.scratch(20_000))))
            .stored());
  }

  @Test
  void loraTrainsAsManyAsThePaper() {
    assertEquals(13_295, count(ResNet20.builder().plan(plan(lora(3), lora(1)))).trained());
  }

  static Stream<ResNet.Builder<?, ?>> small() {
    return Stream.of(
        ResNet20.builder().imageSize(8).plan(plan(Nola.scratch(2, 5, 5), new Dense())),
        ResNet18.builder()
            .imageSize(32)
            .classes(10)
            .plan(plan(HashedNet.scratch(50), Pranc.scratch(7))),
        ResNet20.builder()
            .imageSize(8)
            .plan(plan(Nola.scratch(2, 5, 5), Pranc.scratch(7)).withSharedBases()),
        ResNet20.builder()
            .imageSize(8)
            .plan(ReparameterizationPlan.all(Pranc.scratch(60)).sharedFrom("stem")));
  }

  @ParameterizedTest
  @MethodSource
  void small(ResNet.Builder<?, ?> builder, @TempDir Path folder) throws Exception {
    ComputationGraph network = builder.build().init();
    int size = builder instanceof ResNet20.Builder ? 8 : 32;
    INDArray images = images(20, size);
    INDArray labels = labels(20);
    double before = loss(network, images, labels);
    for (int step = 0; step < 15; step++) {
      network.fit(new INDArray[] {images}, new INDArray[] {labels});
    }
    double after = loss(network, images, labels);
    assertTrue(after < 0.9 * before, () -> before + " -> " + after);

    File file = folder.resolve("network.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    ComputationGraph read = ModelSerializer.restoreComputationGraph(file, true);
    assertEquals(network.outputSingle(images), read.outputSingle(images));
    assertEquals(network.getConfiguration(), read.getConfiguration());
    network.fit(new INDArray[] {images}, new INDArray[] {labels});
    read.fit(new INDArray[] {images}, new INDArray[] {labels});
    assertEquals(network.params(), read.params());
  }

  private static double loss(ComputationGraph network, INDArray images, INDArray labels) {
    return network.score(new DataSet(images, labels), true);
  }

  @Test
  void layersHaveTheNamesThatPlansUse() {
    ReparameterizationPlan plan =
        ReparameterizationPlan.dense().with("stage2.block1.conv2", Nola.scratch(1, 2, 3));
    ComputationGraph network = ResNet20.builder().imageSize(8).plan(plan).build().init();
    assertArrayEquals(
        new long[] {1, 2}, network.getLayer("stage2.block1.conv2").getParam("alpha").shape());
    assertEquals(5, network.getLayer("stage2.block1.conv2").numParams());
  }

  @Test
  void otherInputShapes() {
    ResNet20 model = ResNet20.builder().build();
    model.setInputShape(new int[][] {{3, 16, 24}});
    ComputationGraph network = model.init();
    assertArrayEquals(
        new long[] {2, 10}, network.outputSingle(Nd4j.zeros(DataType.FLOAT, 2, 16, 24, 3)).shape());
    Throwable error =
        assertThrows(
            IllegalArgumentException.class, () -> model.setInputShape(new int[][] {{1, 8, 8}}));
    assertEquals("ResNet20 takes one input of shape [3, height, width]", error.getMessage());
  }

  @Test
  void layersOfOneShapeShareBasesWhereThePlanSaysSo(@TempDir Path folder) throws Exception {
    ReparameterizationPlan plan =
        plan(Nola.scratch(2, 5, 5), Pranc.scratch(7)).with("stage3.block3.conv2", lora(1));
    ResNet20.Builder builder = ResNet20.builder().imageSize(8).plan(plan.withSharedBases());
    ComputationGraph network = builder.build().init();
    List<Long> stage1 = seeds(network, "stage1");
    assertEquals(6, stage1.size());
    assertEquals(1, Set.copyOf(stage1).size());
    // 96 x 48, 96 x 96 five times; 192 x 96, 192 x 192 four times and the LoRA layer.
    assertEquals(2, Set.copyOf(seeds(network, "stage2")).size());
    assertEquals(3, Set.copyOf(seeds(network, "stage3")).size());
    assertEquals(8, Set.copyOf(seeds(network, "")).size());
    assertEquals(
        20,
        Set.copyOf(seeds(ResNet20.builder().imageSize(8).plan(plan).build().init(), "")).size());
    assertNotEquals(stage1, seeds(builder.seed(2).build().init(), "stage1"));

    network.fit(new INDArray[] {images(4, 8)}, new INDArray[] {labels(4)});
    Path file = folder.resolve("adapter.safetensors");
    Adapter.of(network).write(file, Precision.F32);
    ComputationGraph again = builder.seed(1).build().init();
    Adapter.read(file).applyTo(again);
    assertEquals(network.params(), again.params());
    assertEquals(
        seeds(network, ""),
        Adapter.read(file).layers().stream()
            .map(AdapterLayer::seed)
            .filter(Objects::nonNull)
            .toList());
  }

  private static List<Long> seeds(ComputationGraph network, String prefix) {
    return NetworkLayer.of(network).stream()
        .filter(layer -> layer.seed() != null && layer.name().startsWith(prefix))
        .map(NetworkLayer::seed)
        .toList();
  }

  private static Lora lora(int rank) {
    return new Lora(rank, rank, 1, FrozenWeight.none());
  }

  private static ReparameterizationPlan plan(
      Reparameterization convolutions, Reparameterization classifier) {
    return ReparameterizationPlan.all(convolutions).with("classifier", classifier);
  }

  private static ParameterCount count(ResNet.Builder<?, ?> builder) {
    ComputationGraph network = builder.imageSize(32).build().init();
    return ParameterCount.of(network);
  }

  private static INDArray images(int count, int size) {
    Random random = new Random(1);
    float[] values = new float[count * size * size * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Nd4j.createFromArray(values).reshape(count, size, size, 3);
  }

  private static INDArray labels(int count) {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, count, 10);
    for (int i = 0; i < count; i++) {
      labels.putScalar(i, i % 10, 1);
    }
    return labels;
  }
}
