// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;

/**
 * What a round moves, as Spark serializes it, without Spark's own messages.
 *
 * @param toExecutor bytes of the state
 * @param fromTask bytes of what a task returns
 */
record Traffic(long toExecutor, long fromTask) {
  static Traffic of(byte[] state, Outcome outcome) {
    return new Traffic(serialized(state), serialized(outcome));
  }

  /** Counts without keeping: a dense network's state is large. */
  private static long serialized(Serializable value) {
    Counter counter = new Counter();
    try (ObjectOutputStream out = new ObjectOutputStream(counter)) {
      out.writeObject(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return counter.bytes;
  }

  private static final class Counter extends OutputStream {
    private long bytes;

    @Override
    public void write(int value) {
      bytes++;
    }

    @Override
    public void write(byte[] values, int from, int count) {
      bytes += count;
    }
  }
}
