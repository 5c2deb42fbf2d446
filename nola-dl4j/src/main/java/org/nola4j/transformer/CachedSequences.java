// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** The tokens of some sequences by the slots of their keys and values. */
final class CachedSequences {
  private final List<int[]> sequences = new ArrayList<>();
  private final BitSet used = new BitSet();

  /** Forgets all sequences. */
  void clear() {
    sequences.clear();
    used.clear();
  }

  int size() {
    return sequences.size();
  }

  /** The slots of a sequence's tokens. */
  int[] slots(int sequence) {
    return sequences.get(sequence);
  }

  /** One more than the largest slot in use. */
  int end() {
    return used.length();
  }

  /** Adds a sequence of new tokens. */
  void add(int tokens) {
    sequences.add(extended(new int[0], tokens));
  }

  /**
   * Replaces all sequences by continuations of some of them by one token each.
   *
   * @param parents of the new sequences; one may be continued several times, or not at all
   */
  void fork(int[] parents) {
    List<int[]> old = List.copyOf(sequences);
    used.clear();
    for (int parent : parents) {
      for (int slot : old.get(parent)) {
        used.set(slot);
      }
    }
    sequences.clear();
    for (int parent : parents) {
      sequences.add(extended(old.get(parent), 1));
    }
  }

  private int[] extended(int[] slots, int tokens) {
    int[] longer = Arrays.copyOf(slots, slots.length + tokens);
    for (int i = slots.length; i < longer.length; i++) {
      longer[i] = used.nextClearBit(0);
      used.set(longer[i]);
    }
    return longer;
  }
}
