// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Copies of one network for requests from any thread: each has one to itself and waits while all of
 * them are busy.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
final class NetworkCopies<N> {
  private final ParameterLayout<N> layout;
  private final int most;

  /** Copies that nobody uses, those used last in front; guarded by itself. */
  private final Deque<Copy<N>> idle = new ArrayDeque<>();

  /** Copies made so far; guarded by {@link #idle}. */
  private int made;

  NetworkCopies(ParameterLayout<N> layout, int most) {
    this.layout = layout;
    this.most = most;
  }

  /** A copy of the network and what is in it; used by one thread at a time. */
  static final class Copy<N> {
    final N network;
    final List<INDArray> parameters;
    StoredAdapter content;
    private MixedBatch<N> mixedBatch;

    Copy(N network, List<INDArray> parameters) {
      this.network = network;
      this.parameters = parameters;
    }

    MixedBatch<N> mixedBatch(ParameterLayout<N> layout, ExpansionCache cache) {
      if (mixedBatch == null) {
        mixedBatch = new MixedBatch<>(network, layout.trainedLayers(network), cache);
      }
      return mixedBatch;
    }
  }

  ParameterLayout<N> layout() {
    return layout;
  }

  /**
   * A copy for one request: best one with the adapter in it, or else the oldest.
   *
   * @param wanted the adapter; null for any copy
   */
  Copy<N> take(StoredAdapter wanted) {
    synchronized (idle) {
      while (idle.isEmpty() && made == most) {
        try {
          idle.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(
              "interrupted while all copies of the network were busy", e);
        }
      }
      for (Copy<N> copy : idle) {
        if (copy.content != null && copy.content == wanted) {
          idle.remove(copy);
          return copy;
        }
      }
      if (made == most) {
        return idle.removeLast();
      }
      made++;
    }
    return make();
  }

  private Copy<N> make() {
    boolean succeeded = false;
    try {
      N network = layout.copy();
      Copy<N> copy = new Copy<>(network, layout.parameters(network));
      succeeded = true;
      return copy;
    } finally {
      if (!succeeded) {
        synchronized (idle) { // another request may have more luck
          made--;
          idle.notify();
        }
      }
    }
  }

  void giveBack(Copy<N> copy) {
    synchronized (idle) {
      idle.addFirst(copy);
      idle.notify();
    }
  }
}
