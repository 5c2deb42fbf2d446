// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.ReparameterizedLayer;

/**
 * Layers whose weights are those of another layer, number by number, such as a language model's
 * head that has its embedding's matrix. Both are frozen or both are trained: an adapter on one of
 * them would untie them.
 */
final class TiedWeights {
  private TiedWeights() {}

  static boolean isTied(Object conf) {
    return conf instanceof ReparameterizedLayer layer && layer.hasTiedWeights();
  }

  /**
   * Fails where a plan treats tied layers differently.
   *
   * @param layers by their names in the graph
   */
  static void check(Map<String, NamedLayer> layers, Map<String, Decision> decisions) {
    layers.forEach(
        (name, layer) -> {
          if (isTied(layer.conf())) {
            check(name, decisions.get(name), owner(layer), decisions.get(owner(layer)));
          }
        });
  }

  private static void check(String name, Decision decision, String owner, Decision ofOwner) {
    if (ofOwner.action() == Decision.Action.ADAPT) {
      throw new IllegalArgumentException(
          "layer \"%s\" cannot have an adapter, which would change \"%s\" too: they have one weight; adapt other layers only"
              .formatted(owner, name));
    }
    if (decision.action() != ofOwner.action()) {
      throw new IllegalArgumentException(
          "the plan trains one of the layers \"%s\" and \"%s\" only, but they have one weight: train or freeze both"
              .formatted(owner, name));
    }
  }

  /** The layer's own parameters, with those that are its weights. */
  static Map<String, INDArray> values(
      NamedLayer layer, Map<String, Map<String, INDArray>> parameters) {
    Map<String, INDArray> values = new LinkedHashMap<>();
    Map<String, INDArray> owned = parameters.get(owner(layer));
    ReparameterizedLayer plain = ((ReparameterizedLayer) layer.conf()).plain();
    plain.weights().stream()
        .map(plain::matrixName)
        .forEach(name -> values.put(name, owned.get(name)));
    values.putAll(parameters.get(layer.name()));
    return values;
  }

  private static String owner(NamedLayer layer) {
    return ((ReparameterizedLayer) layer.conf()).getTiedTo();
  }
}
