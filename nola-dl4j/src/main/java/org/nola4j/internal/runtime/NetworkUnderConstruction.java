// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nola4j.internal.cuda.DeviceArrays;
import org.nola4j.internal.weights.SharedBasis;
import org.nola4j.reparameterization.LinearMap;

/**
 * Lets the layers of a network under construction find one another: for coefficients of another
 * layer, and for maps that several layers share because of equal seeds or because the method has
 * one for all. Other layers are not kept here.
 *
 * <p>DL4J 1.0.0-M2.1 offers no better way from one layer to another: a runtime layer is created
 * from its configuration, index and parameters, and neither it nor its configuration ever sees the
 * network. What {@code MultiLayerNetwork.init} and {@code ComputationGraph.init} do, on one thread,
 * is to ask the initializer of every layer, those in wrappers too, for its number of parameters,
 * and then to instantiate one layer after the other. So the first such request after an
 * instantiation starts a new network, whether or not earlier networks were completed. Only {@link
 * #instantiating} depends on the thread: layers are given the network that they belong to.
 *
 * <p>References are weak: the last network of a thread is not kept alive.
 */
final class NetworkUnderConstruction {
  private static final ThreadLocal<NetworkUnderConstruction> CURRENT =
      ThreadLocal.withInitial(NetworkUnderConstruction::new);

  private final Set<String> names = new HashSet<>();
  private final Set<String> owners = new HashSet<>();
  private final Map<String, WeakReference<RuntimeLayer>> layers = new HashMap<>();
  private final Set<LinearMap> maps = new HashSet<>();
  private final Map<LinearMap, WeakReference<SharedBasis>> shared = new HashMap<>();

  /** Whether layers are already being instantiated. */
  private boolean begun;

  private NetworkUnderConstruction() {}

  /** DL4J asks for a layer's number of parameters. */
  static void asked(ReparameterizedLayer layer) {
    if (CURRENT.get().begun) {
      CURRENT.remove();
    }
    CURRENT.get().ask(layer);
  }

  /** The network that a layer is instantiated for. */
  static NetworkUnderConstruction instantiating() {
    CURRENT.get().begun = true;
    return CURRENT.get();
  }

  private void ask(ReparameterizedLayer layer) {
    if (layer.getTiedTo() != null) {
      owners.add(layer.getTiedTo());
    }
    layer.factorizations().values().stream()
        .flatMap(weight -> weight.factors().stream())
        .filter(factor -> factor.map().generatedElements() > 0)
        .map(factor -> key(factor.map()))
        .filter(map -> !maps.add(map))
        .forEach(map -> shared.put(map, new WeakReference<>(null)));
  }

  /** Whether there is a layer of this name. */
  boolean has(String name) {
    return names.contains(name);
  }

  /** Adds a layer's name, and the layer if another one takes its coefficients. */
  void add(String name, RuntimeLayer layer) {
    names.add(name);
    if (owners.contains(name)) {
      layers.put(name, new WeakReference<>(layer));
    }
  }

  /** The layer that was added last under this name, or null. */
  RuntimeLayer find(String name) {
    WeakReference<RuntimeLayer> layer = layers.get(name);
    return layer == null ? null : layer.get();
  }

  /** The factors of this network with the same map; empty if no other has it. */
  Optional<SharedBasis> sharing(LinearMap map) {
    LinearMap key = key(map);
    if (!shared.containsKey(key)) {
      return Optional.empty();
    }
    SharedBasis known = shared.get(key).get();
    if (known == null) {
      known = new SharedBasis();
      shared.put(key, new WeakReference<>(known));
    }
    return Optional.of(known);
  }

  /** On a GPU, one launch serves combinations of any seeds that have one shape. */
  private static LinearMap key(LinearMap map) {
    return DeviceArrays.active()
        .flatMap(device -> map.combinedBasis())
        .<LinearMap>map(basis -> new LinearMap.Combination(basis.withSeed(0)))
        .orElse(map);
  }
}
