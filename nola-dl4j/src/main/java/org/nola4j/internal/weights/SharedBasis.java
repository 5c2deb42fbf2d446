// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The factors of one network that combine the same basis, because their layers have equal seeds and
 * shapes: each of its elements is generated once for all of them, forward and backward.
 *
 * <p>Forward, the first factor needed after the trained vectors changed brings all up to date.
 * Backward, gradients wait for the last of the factors that had theirs in the pass before: DL4J
 * asks the same layers in every pass of a network and looks at what they wrote when the pass is
 * over. If one does not come, the others' gradients are written before DL4J or other code reads
 * them: {@code computeGradientAndScore} asks every layer for its regularization after the pass, and
 * a wrapper that holds a layer fixed asks it for its gradients. Only a pass that does neither
 * ({@code backpropGradient} with an epsilon from outside) and leaves out a layer that the pass
 * before it had would end unnoticed; then the next one fails.
 */
public final class SharedBasis {
  /** The names of their layers in error messages. */
  private final Map<MaterializedFactor, String> layers = new LinkedHashMap<>();

  /** Those that had a gradient in the pass before; none before the second pass. */
  private Set<MaterializedFactor> expected = Set.of();

  /** Those that had a gradient in this pass. */
  private final Set<MaterializedFactor> seen = new HashSet<>();

  /** Those of them whose gradient is not projected yet. */
  private final List<MaterializedFactor> waiting = new ArrayList<>();

  void add(MaterializedFactor factor, String layer) {
    layers.put(factor, layer);
  }

  /** Expands all whose vectors have changed. */
  void expand() {
    MaterializedFactor.expand(
        layers.keySet().stream().filter(MaterializedFactor::changed).toList());
  }

  /** Projects a factor's gradient, now or with those of others. */
  void pullBack(MaterializedFactor factor) {
    if (!seen.add(factor)) {
      requireNoneWaiting();
      endPass();
      seen.add(factor);
    }
    waiting.add(factor);
    if (seen.containsAll(expected)) {
      finish();
    }
  }

  /** The backward pass is over, if there was one. */
  void endPass() {
    finish();
    if (!seen.isEmpty()) {
      expected = Set.copyOf(seen);
      seen.clear();
    }
  }

  /** Projects the gradients that wait. */
  void finish() {
    if (!waiting.isEmpty()) {
      MaterializedFactor.pullBack(List.copyOf(waiting));
      waiting.clear();
    }
  }

  private void requireNoneWaiting() {
    if (waiting.isEmpty()) {
      return;
    }
    List<String> missing =
        layers.keySet().stream()
            .filter(factor -> expected.contains(factor) && !seen.contains(factor))
            .map(layers::get)
            .toList();
    waiting.clear();
    seen.clear();
    expected = Set.of();
    throw new IllegalStateException(
        "the last backward pass ended without "
            + missing
            + ", which shares its basis with other layers and had a gradient in the pass before;"
            + " those of the others were not complete. If that pass failed, go on; otherwise ask"
            + " all layers in every pass, or give them different seeds");
  }
}
