// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;

/** What the modules of a transformers model are called over which PEFT loads an adapter. */
final class PeftNames {
  private static final String BLOCK = "block\\d+";

  private PeftNames() {}

  /**
   * The module of every weight, by {@code layer.weight}.
   *
   * @param block of the model
   * @param modules those of a layer, by {@code layer.weight}
   * @throws IllegalArgumentException for an adapter of a model with other blocks
   */
  static Map<String, String> of(
      Adapter adapter,
      Class<? extends Layer> block,
      Function<String, Map<String, String>> modules) {
    Map<String, String> names = new LinkedHashMap<>();
    for (AdapterLayer layer : adapter.layers()) {
      if (layer.name().matches(BLOCK) && !layer.type().endsWith(block.getSimpleName())) {
        throw new IllegalArgumentException(
            "layer \"%s\" of the adapter is a %s, expected a %s: it is of another kind of model"
                .formatted(layer.name(), layer.type(), block.getSimpleName()));
      }
      Map<String, String> ofLayer = modules.apply(layer.name());
      layer.weights().stream()
          .map(weight -> layer.name() + "." + weight.name())
          .filter(ofLayer::containsKey)
          .forEach(weight -> names.put(weight, ofLayer.get(weight)));
    }
    return names;
  }
}
