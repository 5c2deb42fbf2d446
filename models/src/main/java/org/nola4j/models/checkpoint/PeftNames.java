// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.internal.weights.WeightSpec;

/** What the modules of a transformers model are called over which PEFT loads an adapter. */
final class PeftNames {
  private static final Pattern BLOCK = Pattern.compile("block(\\d{1,6})");

  private PeftNames() {}

  /**
   * The modules of the weights of blocks, by {@code layer.weight}.
   *
   * @param block of the model
   * @param modules those of a block, by the names of its weights
   * @throws IllegalArgumentException for an adapter of a model with other blocks
   */
  static Map<String, String> of(
      Adapter adapter, Class<? extends Layer> block, IntFunction<Map<String, String>> modules) {
    Map<String, String> names = new LinkedHashMap<>();
    for (AdapterLayer layer : adapter.layers()) {
      Matcher number = BLOCK.matcher(layer.name());
      if (number.matches()) {
        requireBlock(layer, block);
        Map<String, String> ofBlock = modules.apply(Integer.parseInt(number.group(1)));
        layer.weights().stream()
            .map(WeightSpec::name)
            .filter(ofBlock::containsKey)
            .forEach(weight -> names.put(layer.name() + "." + weight, ofBlock.get(weight)));
      }
    }
    return names;
  }

  private static void requireBlock(AdapterLayer layer, Class<? extends Layer> block) {
    if (!layer.type().endsWith(block.getSimpleName())) {
      throw new IllegalArgumentException(
          "layer \"%s\" of the adapter is a %s, expected a %s: it is of another kind of model"
              .formatted(layer.name(), layer.type(), block.getSimpleName()));
    }
  }
}
