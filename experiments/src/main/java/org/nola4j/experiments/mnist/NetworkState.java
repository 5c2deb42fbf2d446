package org.nola4j.experiments.mnist;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a network in training consists of beyond its configuration, bit by bit. */
final class NetworkState {
  private NetworkState() {}

  /**
   * Iteration and epoch counters (Adam's bias correction depends on them), parameters, updater
   * state.
   */
  static void write(MultiLayerNetwork network, OutputStream stream) throws IOException {
    DataOutputStream out = new DataOutputStream(stream);
    MultiLayerConfiguration counters = network.getLayerWiseConfigurations();
    out.writeInt(counters.getIterationCount());
    out.writeInt(counters.getEpochCount());
    write(network.params(), out);
    write(network.getUpdater().getStateViewArray(), out);
    out.flush();
  }

  /** The reverse of {@link #write}, into a network of the same configuration. */
  static void read(MultiLayerNetwork network, InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    int iterations = in.readInt();
    int epochs = in.readInt();
    float[] params = read("parameters", network.params(), in);
    INDArray state = network.getUpdater().getStateViewArray();
    float[] updater = read("numbers of updater state", state, in);
    network.getLayerWiseConfigurations().setIterationCount(iterations);
    network.getLayerWiseConfigurations().setEpochCount(epochs);
    network.setParams(Nd4j.createFromArray(params).reshape(1, params.length));
    if (state != null) {
      state.assign(Nd4j.createFromArray(updater).reshape(state.shape()));
    }
  }

  private static void write(INDArray array, DataOutputStream out) throws IOException {
    float[] values = array == null ? new float[0] : array.dup('c').data().asFloat();
    out.writeInt(values.length);
    for (float value : values) {
      out.writeFloat(value);
    }
  }

  private static float[] read(String what, INDArray like, DataInputStream in) throws IOException {
    long expected = like == null ? 0 : like.length();
    int length = in.readInt();
    if (length != expected) {
      throw new IOException(
          "expected %d %s, but the file has %d".formatted(expected, what, length));
    }
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = in.readFloat();
    }
    return values;
  }
}
