// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.FrozenWeight;

/** Finds the first reason why an adapter does not fit a network. */
final class CompatibilityCheck {
  private CompatibilityCheck() {}

  /**
   * Compares what an adapter holds with what a network has.
   *
   * @throws AdapterMismatchException naming the first difference
   */
  static void check(Recipe adapter, Recipe network) {
    Map<String, AdapterLayer> expected = byName(adapter.layers());
    Map<String, AdapterLayer> found = byName(network.layers());
    same("trained layers", expected.keySet(), found.keySet());
    expected.forEach((name, layer) -> check(layer, found.get(name)));
    same(
        "fingerprint of all layers' names, types and shapes", adapter.network(), network.network());
    same("hash of the frozen layers' parameters", adapter.frozen(), network.frozen());
  }

  /**
   * Checks that two adapters belong to the same trained network: the same layers and W0s; methods
   * and numbers may differ.
   *
   * @throws AdapterMismatchException naming the first difference
   */
  static void checkSameBase(Recipe adapter, Recipe other) {
    Map<String, AdapterLayer> expected = byName(adapter.layers());
    Map<String, AdapterLayer> found = byName(other.layers());
    same("trained layers", expected.keySet(), found.keySet());
    expected.forEach((name, layer) -> checkSameBase(layer, found.get(name)));
    same("fingerprint of all layers' names, types and shapes", adapter.network(), other.network());
    if (adapter.frozen() != null && other.frozen() != null) { // else one is of an earlier release
      same("hash of the frozen layers' parameters", adapter.frozen(), other.frozen());
    }
  }

  private static void checkSameBase(AdapterLayer adapter, AdapterLayer other) {
    String layer = "layer \"" + adapter.name() + "\", ";
    same(layer + "type", adapter.type(), other.type());
    same(layer + "weights", names(adapter), names(other));
    for (WeightSpec weight : adapter.weights()) {
      String where = layer + "weight \"" + weight.name() + "\", ";
      WeightSpec found = other.weight(weight.name());
      same(where + "shape", weight.shape().toString(), found.shape().toString());
      same(
          where + "w0",
          withoutSource(weight).get(MethodJson.W0),
          withoutSource(found).get(MethodJson.W0));
      if (weight.method().w0() instanceof FrozenWeight.Seeded) {
        same(layer + "seed", adapter.seed(), other.seed());
      }
    }
    same(layer + "direct parameters", adapter.direct(), other.direct());
  }

  private static void check(AdapterLayer adapter, AdapterLayer network) {
    String layer = "layer \"" + adapter.name() + "\", ";
    same(layer + "type", adapter.type(), network.type());
    same(layer + "weights", names(adapter), names(network));
    for (WeightSpec weight : adapter.weights()) {
      check(layer + "weight \"" + weight.name() + "\", ", weight, network.weight(weight.name()));
    }
    if (!adapter.kernel().isEmpty()) { // else it is of an earlier release
      same(layer + "kernel", adapter.kernel(), network.kernel());
    }
    same(layer + "coefficientsOf", adapter.tiedTo(), network.tiedTo());
    same(layer + "seed", adapter.seed(), network.seed());
    Set<String> parameters = new LinkedHashSet<>(adapter.shapes().keySet());
    parameters.addAll(network.shapes().keySet());
    for (String parameter : parameters) {
      same(
          layer + "shape of parameter \"" + parameter + "\"",
          adapter.shapes().get(parameter),
          network.shapes().get(parameter));
    }
  }

  private static void check(String where, WeightSpec adapter, WeightSpec network) {
    same(where + "shape", adapter.shape().toString(), network.shape().toString());
    same(where + "fanIn", adapter.shape().fanIn(), network.shape().fanIn());
    MethodJson.firstDifference(withoutSource(adapter), withoutSource(network))
        .ifPresent(
            difference -> {
              throw new AdapterMismatchException(
                  where + difference.field(), difference.first(), difference.second());
            });
  }

  /** The source of a given W0 is informational; its SHA-256 identifies it. */
  private static ObjectNode withoutSource(WeightSpec weight) {
    ObjectNode json = MethodJson.write(weight.method());
    if (json.get(MethodJson.W0) instanceof ObjectNode w0) {
      w0.remove("source");
    }
    return json;
  }

  private static void same(String where, Object adapter, Object network) {
    if (!Objects.equals(adapter, network)) {
      throw new AdapterMismatchException(where, adapter, network);
    }
  }

  private static List<String> names(AdapterLayer layer) {
    return layer.weights().stream().map(WeightSpec::name).toList();
  }

  private static Map<String, AdapterLayer> byName(List<AdapterLayer> layers) {
    Map<String, AdapterLayer> byName = new LinkedHashMap<>();
    layers.forEach(layer -> byName.put(layer.name(), layer));
    return byName;
  }
}
