// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.basis.Distribution;
import org.nola4j.reparameterization.BasisScale;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.HashedNet;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Pranc;
import org.nola4j.reparameterization.Reparameterization;

/** Every method starts where it can be trained, below a ReLU and in several layers too. */
@Tag("slow")
class StartsTest {
  private static final int WIDTH = 8;

  /** All starts, with W0 and without one. */
  static Stream<Reparameterization> methods() {
    List<Reparameterization> methods = new ArrayList<>();
    for (FrozenWeight w0 : List.of(FrozenWeight.none(), FrozenWeight.seeded())) {
      for (Distribution law : Distribution.values()) {
        for (Nola.Initialization start : Nola.Initialization.values()) {
          methods.add(new Nola(3, 9, 7, law, BasisScale.UNIT, start, 1, 1, true, w0));
          if (start != Nola.Initialization.ZERO) {
            methods.add(new Nola(3, 9, 7, law, BasisScale.COUNT, start, 1, 1, false, w0));
          }
        }
        for (Pranc.Initialization start : Pranc.Initialization.values()) {
          methods.add(new Pranc(9, law, BasisScale.KAIMING, start, 1, w0));
        }
      }
      methods.add(Nola.release2024(3, 9, 7).withW0(w0));
      methods.add(Nola.release2023(3, 9, 7).withW0(w0));
      methods.add(new Lora(3, 3, 1, w0));
      methods.add(new HashedNet(9, false, 1, w0));
      methods.add(new HashedNet(9, true, 1, w0));
      methods.add(new Dense(1, w0));
    }
    return methods.stream();
  }

  private static MultiLayerNetwork network(Reparameterization method) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .seed(4)
            .updater(new Adam(0.01))
            .activation(Activation.RELU)
            .list();
    for (int i = 0; i < 3; i++) {
      layers.layer(new NolaDense.Builder().nOut(WIDTH).reparameterization(method).build());
    }
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            layers
                .layer(new OutputLayer.Builder().nOut(2).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(WIDTH))
                .build());
    network.init();
    return network;
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyVectorIsTrained(Reparameterization method) {
    MultiLayerNetwork network = network(method);
    Map<String, INDArray> start = new LinkedHashMap<>();
    network.paramTable().forEach((name, value) -> start.put(name, value.dup()));
    Nd4j.getRandom().setSeed(6);
    INDArray x = Nd4j.randn(DataType.FLOAT, 64, WIDTH);
    INDArray y = Nd4j.zeros(DataType.FLOAT, 64, 2);
    for (int i = 0; i < 64; i++) {
      y.putScalar(i, x.getDouble(i, 0) > 0 ? 1 : 0, 1);
    }
    for (int i = 0; i < 30; i++) {
      network.fit(x, y);
    }
    network
        .paramTable()
        .forEach((name, value) -> assertNotEquals(start.get(name), value, name + " stands still"));
    assertTrue(network.score() < Math.log(2), () -> "loss " + network.score());
  }
}
