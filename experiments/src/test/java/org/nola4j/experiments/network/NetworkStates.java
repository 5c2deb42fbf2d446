// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** The state of a small network, for tests of what holds it. */
public final class NetworkStates {
  private static final Network NETWORK = network();

  private NetworkStates() {}

  /** Writes the state of a network that was trained for a step. */
  public static void write(OutputStream out) throws IOException {
    NetworkState.write(NETWORK, out);
  }

  /** Reads a state into a network like that one. */
  public static void read(InputStream in) throws IOException {
    NetworkState.read(NETWORK, in);
  }

  private static Network network() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam(0.01))
                .list()
                .layer(new OutputLayer.Builder().nIn(5).nOut(3).build())
                .build());
    network.init();
    network.fit(new DataSet(Nd4j.rand(4, 5), Nd4j.rand(4, 3)));
    return new LayeredNetwork(network);
  }
}
