package org.nola4j.experiments.network;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.experiments.network.Network.Counters;

/** What a network in training consists of beyond its configuration, bit by bit. */
final class NetworkState {
  private NetworkState() {}

  /**
   * Iteration and epoch counters (Adam's bias correction depends on them), parameters with the
   * running statistics of batch normalisation, updater state.
   */
  static void write(Network network, OutputStream stream) throws IOException {
    DataOutputStream out = new DataOutputStream(stream);
    out.writeInt(network.counters().iterations());
    out.writeInt(network.counters().epochs());
    write(network.model().params(), out);
    write(network.updaterState(), out);
    out.flush();
  }

  /** The reverse of {@link #write}, into a network of the same configuration. */
  static void read(Network network, InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    Counters counters = new Counters(in.readInt(), in.readInt());
    float[] params = read("parameters", network.model().params(), in);
    INDArray state = network.updaterState();
    float[] updater = read("numbers of updater state", state, in);
    network.setCounters(counters);
    network.model().setParams(Nd4j.createFromArray(params).reshape(1, params.length));
    if (state != null) {
      state.assign(Nd4j.createFromArray(updater).reshape(state.shape()));
    }
  }

  private static void write(INDArray array, DataOutputStream out) throws IOException {
    float[] values = array == null ? new float[0] : array.dup('c').data().asFloat();
    out.writeInt(values.length);
    // Value by value takes seconds where a network has ten million parameters.
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }

  private static float[] read(String what, INDArray like, DataInputStream in) throws IOException {
    long expected = like == null ? 0 : like.length();
    int length = in.readInt();
    if (length != expected) {
      throw new IOException(
          "expected %d %s, but the file has %d".formatted(expected, what, length));
    }
    byte[] bytes = new byte[Math.multiplyExact(length, Float.BYTES)];
    in.readFully(bytes);
    float[] values = new float[length];
    ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    return values;
  }
}
