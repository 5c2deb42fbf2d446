// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.bank;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nola4j.internal.runtime.ExpandedFactors;

/** A least-recently-used cache of adapters' expanded factors, of bounded size. Thread-safe. */
public final class ExpansionCache {
  private final long limit;
  private final Map<StoredAdapter, ExpandedFactors> byAge = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * An empty cache.
   *
   * @param limit bytes at most
   */
  public ExpansionCache(long limit) {
    this.limit = limit;
  }

  /** Whether it is to keep no factors at all. */
  boolean keepsNothing() {
    return limit == 0;
  }

  synchronized Optional<ExpandedFactors> find(StoredAdapter adapter) {
    return Optional.ofNullable(byAge.get(adapter));
  }

  /** Adds factors, if there are any and they fit, and evicts the oldest ones. */
  synchronized void add(StoredAdapter adapter, ExpandedFactors factors) {
    if (factors.bytes() == 0 || factors.bytes() > limit) {
      return;
    }
    remove(adapter);
    byAge.put(adapter, factors);
    bytes += factors.bytes();
    while (bytes > limit) {
      remove(byAge.keySet().iterator().next());
    }
  }

  /** Forgets an adapter's factors. */
  public synchronized void remove(StoredAdapter adapter) {
    ExpandedFactors removed = byAge.remove(adapter);
    if (removed != null) {
      bytes -= removed.bytes();
    }
  }
}
