// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/** How methods returned by a plan's functions are used. */
class PlannedMethodsTest {
  private final MultiLayerNetwork lenet = TrainedNetworks.lenet(DataType.FLOAT);

  static Stream<Function<FrozenWeight, Reparameterization>> others() {
    return Stream.of(
        w0 -> Nola.on(FrozenWeight.seeded(), 2, 4, 4),
        w0 -> Lora.on(FrozenWeight.given(new float[] {1, 2}), 1));
  }

  @ParameterizedTest
  @MethodSource("others")
  void onAnotherW0AreRefused(Function<FrozenWeight, Reparameterization> method) {
    String message = message(AdapterPlan.builder().adapt("fc", method).build());
    assertTrue(
        message.startsWith("weight \"W\" (20 x 9) of layer \"fc\" (DenseLayer): ")
            && message.endsWith("use the one that the plan's function is given"),
        message);
  }

  @Test
  void withoutAW0StartFromTheTrainedWeight() {
    AdapterPlan plan = AdapterPlan.builder().adaptAll(w0 -> new Dense()).build();
    INDArray x = TrainedNetworks.images(4, 1, DataType.FLOAT).getFeatures();
    assertEquals(lenet.output(x), Adapters.wrap(lenet, plan).network().output(x));
  }

  @Test
  void mayDependOnTheWeight() {
    List<BaseWeight> weights = new ArrayList<>();
    AdapterPlan plan =
        AdapterPlan.builder()
            .adaptAll(
                (weight, w0) -> {
                  weights.add(weight);
                  return Lora.on(w0, 1);
                })
            .build();
    Adapters.wrap(lenet, plan);
    assertEquals(
        List.of(
            new BaseWeight("conv1", "ConvolutionLayer", "W", new WeightShape(12, 6, 18)),
            new BaseWeight("conv2", "ConvolutionLayer", "W", new WeightShape(10, 8, 16)),
            new BaseWeight("fc", "DenseLayer", "W", new WeightShape(20, 9, 20))),
        weights);
  }

  @Test
  void haveRanksThatFit() {
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("fc", w0 -> Nola.on(w0, 12, 5, 4).withC(3))
            .adapt("conv.*", w0 -> Lora.on(w0, 100))
            .build();
    List<Reparameterization> methods =
        Adapters.wrap(lenet, plan).adapter().layers().stream()
            .flatMap(layer -> layer.weights().stream())
            .map(weight -> weight.method())
            .toList();
    assertEquals(Lora.on(methods.get(0).w0(), 6), methods.get(0));
    assertEquals(Lora.on(methods.get(1).w0(), 8), methods.get(1));
    Nola nola = (Nola) methods.get(2);
    assertEquals(9, nola.rank());
    assertEquals(3.0 / 12, nola.c() / nola.rank());
  }

  @Test
  void mistakesNameTheLayer() {
    assertEquals(
        "weight \"W\" (20 x 9) of layer \"fc\" (DenseLayer): nola: rank must be at least 1, but is"
            + " 0",
        message(AdapterPlan.builder().adapt("fc", w0 -> Nola.on(w0, 0, 4, 4)).build()));
    assertEquals(
        "weight \"W\" (20 x 9) of layer \"fc\" (DenseLayer): the plan's function returned null, no"
            + " method",
        message(AdapterPlan.builder().adapt("fc", w0 -> null).build()));
  }

  private String message(AdapterPlan plan) {
    return assertThrows(IllegalArgumentException.class, () -> Adapters.wrap(lenet, plan))
        .getMessage();
  }
}
