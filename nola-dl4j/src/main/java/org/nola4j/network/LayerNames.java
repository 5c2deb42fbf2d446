// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;

/**
 * The names of a {@code MultiLayerNetwork}'s layers in plans, adapters and PEFT: the name in the
 * configuration, otherwise the index. A name that two layers share is not used, and an index that
 * is another layer's name is replaced by DL4J's own {@code layer0}, {@code layer1} and so on. So
 * every layer has one name, and no two have the same.
 */
public final class LayerNames {
  private LayerNames() {}

  /**
   * The names of all layers, in order.
   *
   * @throws IllegalArgumentException if two layers cannot be told apart by their names
   */
  public static List<String> of(MultiLayerConfiguration conf) {
    List<String> given = new ArrayList<>();
    for (int i = 0; i < conf.getConfs().size(); i++) {
      String name = ofLayer(conf.getConf(i).getLayer());
      given.add(name == null || name.isEmpty() || name.equals(byDefault(i)) ? null : name);
    }
    Set<String> taken = new LinkedHashSet<>(given);
    taken.removeIf(name -> name == null || Collections.frequency(given, name) > 1);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      String name = taken.contains(given.get(i)) ? given.get(i) : unnamed(i, taken);
      if (names.contains(name)) {
        throw new IllegalArgumentException(
            "layers %d and %d are both called \"%s\": give each a name of its own"
                .formatted(names.indexOf(name), i, name));
      }
      names.add(name);
    }
    return names;
  }

  /**
   * All names that a plan may use for a layer: its name, then its index and DL4J's name unless
   * these are another layer's name.
   *
   * @param names of all layers
   */
  public static List<String> aliases(List<String> names, int index, Layer conf) {
    Set<String> aliases = new LinkedHashSet<>(List.of(names.get(index), String.valueOf(index)));
    if (ofLayer(conf) != null) {
      aliases.add(ofLayer(conf));
    }
    aliases.removeIf(alias -> names.contains(alias) && !alias.equals(names.get(index)));
    return List.copyOf(aliases);
  }

  private static String unnamed(int index, Set<String> taken) {
    String number = String.valueOf(index);
    return taken.contains(number) ? byDefault(index) : number;
  }

  /** DL4J's default layer names. */
  private static String byDefault(int index) {
    return "layer" + index;
  }

  /** The name in a configuration, or in the configuration that it wraps. */
  private static String ofLayer(Layer conf) {
    String name = conf.getLayerName();
    if (name != null) {
      return name;
    }
    if (conf instanceof FrozenLayer frozen) {
      return ofLayer(frozen.getLayer());
    }
    if (conf instanceof FrozenLayerWithBackprop frozen) {
      return ofLayer(frozen.getUnderlying());
    }
    return conf instanceof BaseWrapperLayer wrapper ? ofLayer(wrapper.getUnderlying()) : null;
  }
}
