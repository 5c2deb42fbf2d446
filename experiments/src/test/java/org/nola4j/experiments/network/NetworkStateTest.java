// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nola4j.experiments.network.Network.Counters;

class NetworkStateTest {
  /** More than a million parameters, which are written in parts. */
  @Test
  void networkOfManyParametersComesBack() throws IOException {
    Network one = network(1100, 1000, 1);
    INDArray features = Nd4j.rand(2, 1100);
    one.fit(new DataSet(features, Nd4j.eye(1000).getRows(3, 7)));
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    NetworkState.write(one, state);
    assertEquals(16 + 4L * 3 * 1_101_000, state.size());

    Network two = network(1100, 1000, 2);
    NetworkState.read(two, new ByteArrayInputStream(state.toByteArray()));
    assertEquals(one.model().params(), two.model().params());
    assertEquals(one.updaterState(), two.updaterState());
    assertTrue(two.updaterState().getDouble(2 * 1_101_000 - 1) > 0);
    assertEquals(new Counters(1, 0), two.counters());
    assertEquals(one.output(features), two.output(features));
  }

  @Test
  void stateOfAnotherNetworkIsRefused() throws IOException {
    ByteArrayOutputStream state = new ByteArrayOutputStream();
    NetworkState.write(network(4, 3, 1), state);
    IOException refused =
        assertThrows(
            IOException.class,
            () ->
                NetworkState.read(network(5, 3, 1), new ByteArrayInputStream(state.toByteArray())));
    assertEquals("expected 18 parameters, but the file has 15", refused.getMessage());
  }

  private static Network network(int inputs, int classes, long seed) {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(seed)
                .updater(new Adam(0.01))
                .list()
                .layer(new OutputLayer.Builder().nOut(classes).build())
                .setInputType(InputType.feedForward(inputs))
                .build());
    network.init();
    return new LayeredNetwork(network);
  }
}
