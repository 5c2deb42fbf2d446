// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.bank;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;

/**
 * Copies of one network for requests from any thread: each has one to itself and waits while all of
 * them are busy.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
public final class NetworkCopies<N> {
  private final ParameterLayout<N> layout;
  private final int most;
  private final ExpansionCache cache;

  /** Copies that nobody uses, those used last in front; guarded by itself. */
  private final Deque<Copy<N>> idle = new ArrayDeque<>();

  /** Copies made so far; guarded by {@link #idle}. */
  private int made;

  /**
   * No copies yet.
   *
   * @param most how many there may be
   * @param cache of factors, which other networks may share
   */
  public NetworkCopies(ParameterLayout<N> layout, int most, ExpansionCache cache) {
    this.layout = layout;
    this.most = most;
    this.cache = cache;
  }

  /** A copy of the network and what is in it; used by one thread at a time. */
  private static final class Copy<N> {
    final N network;
    final List<INDArray> parameters;
    StoredAdapter content;
    private MixedBatch<N> mixedBatch;

    Copy(N network, List<INDArray> parameters) {
      this.network = network;
      this.parameters = parameters;
    }
  }

  /**
   * Copies of a network that has an adapter's methods over the same frozen weights.
   *
   * @throws IllegalArgumentException if the adapter does not fit that either
   */
  public NetworkCopies<N> like(Adapter adapter) {
    ParameterLayout<N> other = layout.like(adapter);
    other.apply(adapter, other.copy());
    return new NetworkCopies<>(other, most, cache);
  }

  /**
   * An adapter's numbers as this network has them.
   *
   * @param bits of coefficients, or 0 for float32
   * @throws org.nola4j.adapter.AdapterMismatchException if it does not fit
   */
  public StoredAdapter store(Adapter adapter, int bits) {
    Copy<N> copy = take(null);
    try {
      copy.content = null;
      layout.apply(adapter, copy.network);
      return layout.read(copy.network, bits);
    } finally {
      giveBack(copy);
    }
  }

  /** The (first) output of one of the copies. */
  public INDArray output(N network, INDArray features) {
    return layout.output(network, features);
  }

  /** Runs an action on a copy with an adapter in it. */
  public <R> R use(StoredAdapter adapter, Function<N, R> work) {
    Copy<N> copy = take(adapter);
    try {
      load(adapter, copy);
      return work.apply(copy.network);
    } finally {
      giveBack(copy);
    }
  }

  /** Runs an action on a copy that applies adapter i to example i of a batch. */
  public <R> R use(List<StoredAdapter> adapters, Function<N, R> work) {
    Copy<N> copy = take(null);
    try {
      if (copy.mixedBatch == null) {
        copy.mixedBatch = new MixedBatch<>(copy.network, layout.trainedLayers(copy.network), cache);
      }
      copy.content = copy.mixedBatch.writesToLayers() ? null : copy.content;
      return copy.mixedBatch.use(adapters, work);
    } finally {
      giveBack(copy);
    }
  }

  private void load(StoredAdapter adapter, Copy<N> copy) {
    if (copy.content == adapter) {
      return;
    }
    copy.content = null;
    adapter.writeTo(copy.parameters);
    cache
        .find(adapter)
        .ifPresentOrElse(
            factors -> layout.give(factors, copy.network), () -> generate(adapter, copy.network));
    copy.content = adapter;
  }

  private void generate(StoredAdapter adapter, N network) {
    if (cache.keepsNothing()) {
      layout.refresh(network); // without a copy that nobody would keep
    } else {
      cache.add(adapter, layout.expand(network));
    }
  }

  /**
   * A copy for one request: best one with the adapter in it, or else the oldest.
   *
   * @param wanted the adapter; null for any copy
   */
  private Copy<N> take(StoredAdapter wanted) {
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

  private void giveBack(Copy<N> copy) {
    synchronized (idle) {
      idle.addFirst(copy);
      idle.notify();
    }
  }
}
