// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.reparameterization.WeightShape;

/**
 * A layer, or a vertex with parameters, by its names.
 *
 * @param conf its configuration, a layer's without wrappers that freeze it
 * @param weights those that can have adapters, with their axes
 * @param frozen whether DL4J, or an earlier wrapping, holds it fixed
 * @param wrapped what an earlier wrapping made of it; null if there was none
 */
record NamedLayer(
    List<String> names,
    Object conf,
    Map<String, List<Long>> weights,
    boolean frozen,
    Wrapped wrapped) {
  String name() {
    return names.get(0);
  }

  /** The name that its seeds derive from: DL4J's default if none was configured. */
  String seedName() {
    String byDefault = "layer" + name();
    return conf instanceof Layer layer && byDefault.equals(layer.getLayerName())
        ? byDefault
        : name();
  }

  String type() {
    return conf.getClass().getSimpleName();
  }

  /** The configuration, if this is a layer. */
  Layer layer() {
    return (Layer) conf;
  }

  /** One of this layer's weights by its names. */
  NamedLayer weight(String weight) {
    return new NamedLayer(
        names.stream().map(name -> name + "." + weight).toList(), conf, weights, frozen, wrapped);
  }

  /** One of this layer's weights, for a plan's method. */
  BaseWeight baseWeight(String weight, WeightShape shape) {
    return new BaseWeight(name(), type(), weight, shape);
  }

  /** Name and type, for messages. */
  String describe() {
    return "\"" + name() + "\" (" + type() + ")";
  }

  /** Whether a layer is this library's own, not one that wraps DL4J's. */
  static boolean isOurs(Object conf) {
    return conf instanceof ReparameterizedLayer && !(conf instanceof AdaptedLayer);
  }
}
