// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.NetworkLayer;
import org.nola4j.reparameterization.FrozenWeight;

/**
 * An adapter without its numbers: which network they belong to and how to use them.
 *
 * @param network {@linkplain #fingerprint fingerprint} of all layers
 * @param frozen hash of what layers hold that train nothing: parameters that DL4J holds frozen,
 *     given W0s; null without such layers
 * @param layers those with trained parameters of their own or another layer's, in DL4J's order
 */
record Recipe(String network, String frozen, List<AdapterLayer> layers) {
  /** Enough to tell networks apart; collisions are no security risk. */
  static final int FINGERPRINT_DIGITS = 16;

  /** Keeps its own copy. */
  Recipe {
    layers = List.copyOf(layers);
  }

  static Recipe of(List<NetworkLayer> network) {
    List<AdapterLayer> layers = new ArrayList<>();
    for (NetworkLayer layer : network) {
      boolean tied = layer.tiedTo() != null;
      if (!layer.frozen() && (tied || !layer.parameters().isEmpty())) {
        layers.add(
            new AdapterLayer(
                layer.name(),
                layer.type(),
                layer.seed(),
                layer.tiedTo(),
                layer.weights(),
                shapes(layer),
                layer.kernel()));
      }
    }
    checkOwners(layers);
    return new Recipe(fingerprint(network), frozen(network, w0 -> true), layers);
  }

  /**
   * This recipe of a network with the hash of frozen layers that an adapter has, where that is the
   * one of earlier releases, which left out W0s in float32.
   */
  Recipe hashedAs(Recipe adapter, List<NetworkLayer> network) {
    boolean earlier =
        !Objects.equals(adapter.frozen, frozen)
            && Objects.equals(adapter.frozen, frozen(network, FrozenWeight.Given::isCompact));
    return earlier ? new Recipe(this.network, adapter.frozen, layers) : this;
  }

  /**
   * A network's layers as this recipe calls them: by their names, or all of them by their index in
   * the network, as earlier releases did. The fingerprint, which covers the names, tells which.
   */
  List<NetworkLayer> readBy(List<NetworkLayer> layers) {
    List<NetworkLayer> byKey = NetworkLayer.byKey(layers);
    if (network.equals(fingerprint(layers))) {
      return layers;
    }
    boolean indices = network.equals(fingerprint(byKey)) || (!isIn(layers) && isIn(byKey));
    return indices ? byKey : layers; // in another network they are those that are there
  }

  private boolean isIn(List<NetworkLayer> network) {
    Set<String> names = byName(network).keySet();
    return layers.stream().allMatch(layer -> names.contains(layer.name()));
  }

  private static void checkOwners(List<AdapterLayer> layers) {
    Set<String> names = layers.stream().map(AdapterLayer::name).collect(Collectors.toSet());
    for (AdapterLayer layer : layers) {
      if (!names.contains(layer.owner())) {
        throw new IllegalArgumentException(
            "layer \""
                + layer.name()
                + "\" takes its coefficients from layer \""
                + layer.owner()
                + "\", which is frozen and so not in the adapter: freeze both or neither");
      }
    }
  }

  private static Map<String, List<Long>> shapes(NetworkLayer layer) {
    Map<String, List<Long>> shapes =
        layer.tiedTo() == null ? AdapterLayer.coefficients(layer.weights()) : new LinkedHashMap<>();
    layer.parameters().forEach((name, value) -> shapes.put(name, shape(value)));
    return shapes;
  }

  private static List<Long> shape(INDArray array) {
    List<Long> shape = new ArrayList<>();
    for (long size : array.shape()) {
      shape.add(size);
    }
    return shape;
  }

  /**
   * A hash of names, types and shapes of all layers, the same for all methods: these must match the
   * trained network.
   */
  private static String fingerprint(List<NetworkLayer> network) {
    Digest digest = new Digest();
    for (NetworkLayer layer : network) {
      digest.update(layer.name() + "\t" + layer.type() + (layer.frozen() ? "\tfrozen" : ""));
      for (WeightSpec weight : layer.weights()) {
        digest.update("\t" + weight.name() + "=" + weight.shape());
      }
      layer
          .parameters()
          .forEach(
              (name, value) -> {
                if (layer.roles().get(name) != NetworkLayer.Role.COEFFICIENT) {
                  digest.update("\t" + name + "=" + shape(value));
                }
              });
      digest.update("\n");
    }
    return digest.hex(FINGERPRINT_DIGITS);
  }

  /**
   * The hash of layers that train nothing.
   *
   * @param which W0s of theirs it covers
   */
  private static String frozen(List<NetworkLayer> network, Predicate<FrozenWeight.Given> which) {
    List<NetworkLayer> frozen =
        network.stream().filter(layer -> hasFrozenParameters(layer, which)).toList();
    if (frozen.isEmpty()) {
      return null;
    }
    Digest digest = new Digest();
    for (NetworkLayer layer : frozen) {
      layer.frozenParameters().forEach((name, p) -> digest.update(name + p.values().sha256()));
      if (layer.frozen()) {
        layer.parameters().values().forEach(value -> digest.update(FloatArrays.read(value)));
      }
      givenWeights(layer, which)
          .forEach(w0 -> digest.update(w0.sha256() + " in " + w0.bits() + " bits"));
    }
    return digest.hex();
  }

  private static boolean hasFrozenParameters(
      NetworkLayer layer, Predicate<FrozenWeight.Given> which) {
    return !layer.frozenParameters().isEmpty()
        || (layer.frozen() && !layer.parameters().isEmpty())
        || !givenWeights(layer, which).isEmpty();
  }

  /** The given W0s of a layer that has no other place in the recipe. */
  private static List<FrozenWeight.Given> givenWeights(
      NetworkLayer layer, Predicate<FrozenWeight.Given> which) {
    if (!layer.parameters().isEmpty() || layer.tiedTo() != null) {
      return List.of();
    }
    return layer.weights().stream()
        .map(weight -> weight.method().w0())
        .filter(FrozenWeight.Given.class::isInstance)
        .map(FrozenWeight.Given.class::cast)
        .filter(which)
        .toList();
  }

  /** The bits that a network rounds coefficients to in every pass, by tensor name. */
  Map<String, Integer> coefficientBits(List<NetworkLayer> network) {
    Map<String, Integer> bits = new LinkedHashMap<>();
    Map<String, NetworkLayer> byName = byName(network);
    for (AdapterLayer layer : layers) {
      int width = byName.get(layer.name()).coefficientBits();
      if (width > 0) {
        for (WeightSpec weight : layer.weights()) {
          layer.coefficients(weight).forEach(name -> bits.put(layer.tensor(name), width));
        }
      }
    }
    return bits;
  }

  /** Whether a weight has a basis of {@code docs/basis-v2.md}. */
  boolean isStructured() {
    return layers.stream().anyMatch(AdapterLayer::isStructured);
  }

  /** The version of the format that the recipe needs. */
  String version() {
    return isStructured() ? AdapterFormat.STRUCTURED_VERSION : AdapterFormat.FIRST_VERSION;
  }

  /** Shapes of all trained parameters by tensor name, in the order of the layers. */
  Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (AdapterLayer layer : layers) {
      layer.shapes().forEach((name, shape) -> shapes.put(layer.tensor(name), shape));
    }
    return shapes;
  }

  private static Map<String, NetworkLayer> byName(List<NetworkLayer> network) {
    Map<String, NetworkLayer> byName = new LinkedHashMap<>();
    network.forEach(layer -> byName.put(layer.name(), layer));
    return byName;
  }

  /** Every trained parameter by the name of its tensor. */
  Map<String, INDArray> parameters(List<NetworkLayer> network) {
    Map<String, NetworkLayer> byName = byName(network);
    Map<String, INDArray> parameters = new LinkedHashMap<>();
    for (AdapterLayer layer : layers) {
      for (String parameter : layer.shapes().keySet()) {
        INDArray value = byName.get(layer.name()).parameters().get(parameter);
        if (parameters.put(layer.tensor(parameter), value) != null) {
          throw new IllegalArgumentException(
              "two parameters would share the name \""
                  + layer.tensor(parameter)
                  + "\" in the file: give layer \""
                  + layer.name()
                  + "\" a name without a dot");
        }
      }
    }
    return parameters;
  }
}
