// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.experiments.network.Network.Counters;

/** Reads and writes the exact state of a network in training. */
final class NetworkState {
  private static final int SLICE = 1 << 20;

  private NetworkState() {}

  /**
   * Iteration and epoch counters (Adam's bias correction depends on them), parameters with the
   * running statistics of batch normalization, updater state.
   */
  static void write(Network network, OutputStream stream) throws IOException {
    write(network, stream, true);
  }

  /** As {@link #write(Network, OutputStream)}, if wanted without the updater's state. */
  static void write(Network network, OutputStream stream, boolean updater) throws IOException {
    DataOutputStream out = new DataOutputStream(stream);
    out.writeInt(network.counters().iterations());
    out.writeInt(network.counters().epochs());
    write(network.model().params(), out);
    write(updater ? network.updaterState() : null, out);
    out.flush();
  }

  /** Reads the state back into a network with the same configuration. */
  static void read(Network network, InputStream stream) throws IOException {
    read(network, stream, true);
  }

  /** As {@link #read(Network, InputStream)}; without an updater's state, that becomes zero. */
  static void read(Network network, InputStream stream, boolean updater) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    Counters counters = new Counters(in.readInt(), in.readInt());
    read("parameters", network.model().params(), in);
    INDArray state = network.updaterState();
    read("numbers of updater state", updater ? state : null, in);
    if (!updater && state != null) {
      state.assign(0);
    }
    network.setCounters(counters);
  }

  private static void write(INDArray array, DataOutputStream out) throws IOException {
    long length = length(array);
    out.writeInt(Math.toIntExact(length));
    // One value at a time takes seconds for ten million parameters, and all at once takes more heap
    // than there is for hundreds of millions.
    ByteBuffer bytes = ByteBuffer.allocate(SLICE * Float.BYTES);
    for (long from = 0; from < length; from += SLICE) {
      float[] values = slice(array, from).dup().data().asFloat();
      bytes.clear().asFloatBuffer().put(values);
      out.write(bytes.array(), 0, values.length * Float.BYTES);
    }
  }

  private static void read(String what, INDArray array, DataInputStream in) throws IOException {
    long length = length(array);
    int found = in.readInt();
    if (found != length) {
      throw new IOException("expected %d %s, but the file has %d".formatted(length, what, found));
    }
    ByteBuffer bytes = ByteBuffer.allocate(SLICE * Float.BYTES);
    for (long from = 0; from < length; from += SLICE) {
      float[] values = new float[(int) Math.min(SLICE, length - from)];
      in.readFully(bytes.array(), 0, values.length * Float.BYTES);
      bytes.clear().asFloatBuffer().get(values);
      slice(array, from).assign(Nd4j.createFromArray(values));
    }
  }

  private static long length(INDArray array) {
    return array == null ? 0 : array.length();
  }

  /** A view of the next numbers of a contiguous array. */
  private static INDArray slice(INDArray row, long from) {
    long to = Math.min(from + SLICE, row.length());
    return row.reshape('c', true, row.length()).get(NDArrayIndex.interval(from, to));
  }
}
