// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.internal.bank.ExpansionCache;
import org.nola4j.internal.bank.NetworkCopies;
import org.nola4j.internal.bank.ParameterLayout;
import org.nola4j.internal.bank.StoredAdapter;
import org.nola4j.quantization.Quantizer;

/**
 * Many adapters over one network, each a few kilobytes, switched at run time.
 *
 * <pre>{@code
 * AdapterBank<MultiLayerNetwork> bank = AdapterBank.of(adapters.network()).bits(4).build();
 * bank.put("de", Adapter.read(file));
 * INDArray y = bank.output("de", x);
 * }</pre>
 *
 * <p>Thread-safe: each request has exclusive use of a copy of the network with its adapter, and
 * waits while all copies are busy. A request finds its adapter already loaded in a copy, finds its
 * expanded factors in the cache, or has them generated from the seeds.
 *
 * <p>One batch may serve many adapters: {@code bank.output(List.of("de", "fr", "de"), x)} applies
 * adapter i to example i. The frozen weights are multiplied once with the whole batch; only the
 * adapters' low-rank parts are multiplied adapter by adapter.
 *
 * <p>Memory: 4 or {@code bits / 8} bytes per coefficient; 4 bytes for any other trained number, for
 * instance of a head; the cache's bytes; and a copy of the network for each of the {@code copies},
 * for each combination of methods that adapters have, which share the frozen weights of a network
 * that {@link Adapters#wrap} made.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
public final class AdapterBank<N> {
  private final int bits;
  private final ExpansionCache cache;
  private final Map<String, Entry<N>> stored = new ConcurrentHashMap<>();

  /** The network as it was given. */
  private final NetworkCopies<N> given;

  /** The network with other methods over its frozen weights, by what adapters say of them. */
  private final Map<List<AdapterLayer>, NetworkCopies<N>> variants = new HashMap<>();

  /** Variants that are kept while an adapter is being stored; guarded by {@link #variants}. */
  private final List<NetworkCopies<N>> awaited = new ArrayList<>();

  /** An adapter and the networks that it fits. */
  private record Entry<N>(StoredAdapter adapter, NetworkCopies<N> networks) {}

  private AdapterBank(Builder<N> builder) {
    this.bits = builder.bits;
    this.cache = new ExpansionCache(builder.cacheBytes);
    this.given = new NetworkCopies<>(builder.layout, builder.copies, cache);
  }

  /**
   * A bank over an initialized float32 network that has reparameterized layers: its parameters are
   * what adapters exchange. The network itself is copied and not used.
   */
  public static Builder<MultiLayerNetwork> of(MultiLayerNetwork network) {
    return new Builder<>(ParameterLayout.of(network));
  }

  /** As {@link #of(MultiLayerNetwork)}. */
  public static Builder<ComputationGraph> of(ComputationGraph graph) {
    return new Builder<>(ParameterLayout.of(graph));
  }

  /**
   * Adds an adapter, or replaces the one of this name; running requests continue with the old one.
   *
   * <p>An adapter by other methods over the same frozen weights, such as the weighted sum of
   * several ({@link Adapter#sum}), gets a network of its own, with copies of its own, which all
   * adapters of these methods share.
   *
   * @throws AdapterMismatchException if it does not fit the network
   */
  public void put(String name, Adapter adapter) {
    if (isOfVariant(adapter)) {
      putVariant(name, adapter);
      return;
    }
    try {
      put(name, adapter, given);
    } catch (AdapterMismatchException mismatch) {
      try {
        putVariant(name, adapter);
      } catch (IllegalArgumentException e) {
        mismatch.addSuppressed(e);
        throw mismatch;
      }
    }
  }

  private boolean isOfVariant(Adapter adapter) {
    synchronized (variants) {
      return variants.containsKey(adapter.layers());
    }
  }

  /** Waits for a copy outside the lock. */
  private void putVariant(String name, Adapter adapter) {
    NetworkCopies<N> variant;
    synchronized (variants) {
      variant = variants.computeIfAbsent(adapter.layers(), layers -> given.like(adapter));
      awaited.add(variant);
    }
    try {
      put(name, adapter, variant);
    } finally {
      synchronized (variants) {
        awaited.remove(variant);
        forgetUnused();
      }
    }
  }

  private void put(String name, Adapter adapter, NetworkCopies<N> networks) {
    forget(stored.put(name, new Entry<>(networks.store(adapter, bits), networks)));
  }

  /** Removes an adapter; returns whether there was one. */
  public boolean remove(String name) {
    Entry<N> removed = stored.remove(name);
    forget(removed);
    return removed != null;
  }

  private void forget(Entry<N> removed) {
    if (removed != null) {
      cache.remove(removed.adapter());
      synchronized (variants) {
        forgetUnused();
      }
    }
  }

  private void forgetUnused() {
    variants
        .values()
        .removeIf(
            networks ->
                !awaited.contains(networks)
                    && stored.values().stream().noneMatch(e -> e.networks() == networks));
  }

  /** The names of all adapters, a copy. */
  public Set<String> names() {
    return Set.copyOf(stored.keySet());
  }

  /** Bytes of all adapters' numbers. */
  public long bytes() {
    return stored.values().stream().mapToLong(entry -> entry.adapter().bytes()).sum();
  }

  /**
   * The network's (first) output with an adapter.
   *
   * @param features a batch
   * @return detached from all workspaces
   * @throws IllegalArgumentException if there is no such adapter
   */
  public INDArray output(String name, INDArray features) {
    return use(name, network -> given.output(network, features));
  }

  /**
   * Runs an action on a network with an adapter loaded. The action must not keep the network,
   * change its parameters, or call the bank: if all copies are busy, it would wait for itself.
   *
   * @throws IllegalArgumentException if there is no such adapter
   */
  public <R> R use(String name, Function<N, R> work) {
    Entry<N> entry = find(name);
    return entry.networks().use(entry.adapter(), work);
  }

  /**
   * The network's (first) output for a batch in which every example has its own adapter.
   *
   * <p>Equal to the outputs of each example with its adapter alone, up to the rounding of products.
   * Neighbors with the same adapter share its products, so sort large batches by name. Dense layers
   * and transformer blocks with low-rank adapters multiply their frozen weights with the whole
   * batch; other trained layers, such as a classifier, run adapter by adapter. Beside its
   * activations, a batch takes memory for the expanded factors of its different adapters, {@code 16
   * * rank * (m + n)} bytes per m x n weight, which the copy of the network keeps for the next
   * batch.
   *
   * @param names the adapter of each example, in order; all with the same methods
   * @param features the examples
   * @return detached from all workspaces
   * @throws IllegalArgumentException if there is no such adapter, the number of names is not that
   *     of examples, or adapters have different methods, as sums and their parts do
   * @throws UnsupportedOperationException if layers share coefficients or a vertex without a layer
   *     is trained
   */
  public INDArray output(List<String> names, INDArray features) {
    if (features.size(0) != names.size()) {
      throw new IllegalArgumentException(
          "expected an adapter for each of the "
              + features.size(0)
              + " examples, but "
              + names.size()
              + " are named");
    }
    return use(names, network -> given.output(network, features));
  }

  /**
   * Runs an action at inference with a network that applies adapter i to example i of a batch: for
   * networks with several inputs or with masks. The same rules hold as in {@link #use(String,
   * Function)} and {@link #output(List, INDArray)}.
   *
   * @param names the adapter of each example, in order; the action may only use batches of this
   *     size
   */
  public <R> R use(List<String> names, Function<N, R> work) {
    if (names.isEmpty()) {
      throw new IllegalArgumentException("expected the adapter of each example, but got no names");
    }
    List<Entry<N>> entries = names.stream().map(this::find).toList();
    NetworkCopies<N> networks = entries.get(0).networks();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).networks() != networks) {
        throw new IllegalArgumentException(
            "adapters \"%s\" and \"%s\" are of different methods, as a sum and its parts are, and cannot be in one batch: use a batch for each"
                .formatted(names.get(0), names.get(i)));
      }
    }
    return networks.use(entries.stream().map(Entry::adapter).toList(), work);
  }

  private Entry<N> find(String name) {
    Entry<N> entry = stored.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "the bank has no adapter \""
              + name
              + "\" among its "
              + stored.size()
              + ": put it first, or see names()");
    }
    return entry;
  }

  /**
   * Builds an {@link AdapterBank}.
   *
   * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
   */
  public static final class Builder<N> {
    private final ParameterLayout<N> layout;
    private int bits;
    private int copies = 1;
    private long cacheBytes = 64L << 20;

    private Builder(ParameterLayout<N> layout) {
      this.layout = layout;
    }

    /**
     * Stores coefficients as integers of 2 to 8 bits, with one scale per vector; as float32 unless
     * set. Outputs are then those of the rounded coefficients.
     */
    public Builder<N> bits(int bits) {
      this.bits = new Quantizer(bits).bits();
      return this;
    }

    /** Number of concurrent requests; 1 unless set. */
    public Builder<N> copies(int copies) {
      if (copies < 1) {
        throw new IllegalArgumentException("copies must be at least 1, but is " + copies);
      }
      this.copies = copies;
      return this;
    }

    /**
     * Maximum bytes of cached expanded factors, least recently used dropped first; 64 MiB unless
     * set.
     */
    public Builder<N> cacheBytes(long cacheBytes) {
      if (cacheBytes < 0) {
        throw new IllegalArgumentException("cacheBytes must not be negative, but is " + cacheBytes);
      }
      this.cacheBytes = cacheBytes;
      return this;
    }

    /** The bank. */
    public AdapterBank<N> build() {
      return new AdapterBank<>(this);
    }
  }
}
