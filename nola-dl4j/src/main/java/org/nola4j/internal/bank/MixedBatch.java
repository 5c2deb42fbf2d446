// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.bank;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.nola4j.internal.runtime.BatchShare;
import org.nola4j.internal.runtime.ExpandedFactors;
import org.nola4j.internal.runtime.ParameterSet;
import org.nola4j.internal.runtime.RuntimeLayer;

/**
 * Runs batches in which every example has its own adapter, on one copy of a network.
 *
 * <p>Adapters of the last batch stay expanded for the next one. New ones come from the cache or are
 * expanded together, with each basis generated once for all of them.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
final class MixedBatch<N> {
  private final N network;
  private final List<ParameterLayout.TrainedLayer> layers;
  private final ExpansionCache cache;
  private final Map<StoredAdapter, List<ParameterSet>> expanded = new HashMap<>();
  private final Deque<List<ParameterSet>> free = new ArrayDeque<>();

  MixedBatch(N network, List<ParameterLayout.TrainedLayer> layers, ExpansionCache cache) {
    this.network = network;
    this.layers = layers;
    this.cache = cache;
  }

  /** Whether this changes the network's own parameters. */
  boolean writesToLayers() {
    return !layers.stream().allMatch(MixedBatch::mixes);
  }

  private static boolean mixes(ParameterLayout.TrainedLayer trained) {
    return trained.layer() instanceof RuntimeLayer ours && ours.mixes();
  }

  /** Runs an action on the network while adapter i applies to example i of a batch. */
  <R> R use(List<StoredAdapter> adapters, Function<N, R> work) {
    provide(new LinkedHashSet<>(adapters));
    try {
      begin(adapters);
      return work.apply(network);
    } finally {
      end();
    }
  }

  private void begin(List<StoredAdapter> adapters) {
    for (int i = 0; i < layers.size(); i++) {
      ParameterLayout.TrainedLayer trained = layers.get(i);
      List<BatchShare> shares = shares(adapters, i);
      if (mixes(trained)) {
        ((RuntimeLayer) trained.layer()).mix(shares);
      } else {
        trained.replacement().accept(new LayerByShare(trained.layer(), shares));
      }
    }
  }

  private void end() {
    for (ParameterLayout.TrainedLayer trained : layers) {
      if (mixes(trained)) {
        ((RuntimeLayer) trained.layer()).unmix();
      } else {
        trained.replacement().accept(trained.layer());
      }
    }
  }

  /** Neighbors with the same adapter form one share. */
  private List<BatchShare> shares(List<StoredAdapter> adapters, int layer) {
    List<BatchShare> shares = new ArrayList<>();
    int from = 0;
    for (int to = 1; to <= adapters.size(); to++) {
      if (to == adapters.size() || adapters.get(to) != adapters.get(from)) {
        shares.add(new BatchShare(to - from, expanded.get(adapters.get(from)).get(layer)));
        from = to;
      }
    }
    return shares;
  }

  private void provide(Set<StoredAdapter> wanted) {
    List<StoredAdapter> old =
        expanded.keySet().stream().filter(adapter -> !wanted.contains(adapter)).toList();
    old.forEach(adapter -> free.add(expanded.remove(adapter)));
    List<StoredAdapter> added =
        wanted.stream().filter(adapter -> !expanded.containsKey(adapter)).toList();
    Map<StoredAdapter, List<ParameterSet>> read = new HashMap<>();
    added.forEach(adapter -> read.put(adapter, read(adapter)));
    expand(read);
    expanded.putAll(read);
  }

  private List<ParameterSet> read(StoredAdapter adapter) {
    List<ParameterSet> sets = free.isEmpty() ? allocate() : free.remove();
    Iterator<float[]> values = adapter.values();
    sets.forEach(set -> set.read(values));
    return sets;
  }

  private List<ParameterSet> allocate() {
    return layers.stream().map(trained -> new ParameterSet(trained.layer())).toList();
  }

  private void expand(Map<StoredAdapter, List<ParameterSet>> read) {
    Map<StoredAdapter, List<ParameterSet>> unknown = new HashMap<>();
    read.forEach(
        (adapter, sets) ->
            cache
                .find(adapter)
                .ifPresentOrElse(
                    factors -> factors.giveTo(sets), () -> unknown.put(adapter, sets)));
    if (unknown.isEmpty()) {
      return;
    }
    for (int i = 0; i < layers.size(); i++) {
      int layer = i;
      ParameterSet.expand(unknown.values().stream().map(sets -> sets.get(layer)).toList());
    }
    unknown.forEach((adapter, sets) -> cache.add(adapter, ExpandedFactors.of(sets)));
  }
}
