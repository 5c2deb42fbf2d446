// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.internal.wrapped.WeightView;
import org.nola4j.network.FiniteParameters;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.transformer.TransformerBlock;

/**
 * A network, the wrapped network made from it, and the mapping between their layers.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
abstract class Wrapping<N> {
  /**
   * A layer of the trained network, or a vertex with parameters.
   *
   * @param layer it was
   * @param action how it is treated
   * @param held its configuration where parameters are kept outside the network's, otherwise null
   * @param frozen parameters without adapters that are kept there
   * @param original parameters, where it is trained
   */
  record Piece(
      NamedLayer layer,
      Decision.Action action,
      ReparameterizedLayer held,
      Map<String, FrozenParameter> frozen,
      Map<String, INDArray> original) {
    boolean trained() {
      return action == Decision.Action.TRAIN;
    }

    /** Whether a merged network has the weights of an earlier wrapping, or of a method, formed. */
    boolean isFormed() {
      return layer.wrapped() != null && !(trained() && NamedLayer.isOurs(layer.conf()));
    }

    /** Writes a row-major weight into a layer like the trained one. */
    void writeWeight(String weight, float[] values, NetworkLayer to) {
      INDArray elements = Nd4j.createFromArray(values);
      if (held() instanceof AdaptedLayer adapted) {
        WeightView view = adapted.held().view(weight);
        view.write(
            elements.reshape('c', view.shape().rows(), view.shape().columns()),
            to.parameters().get(weight));
      } else {
        ReparameterizedLayer plain = ((ReparameterizedLayer) layer.layer()).plain();
        plain.weights().stream()
            .filter(spec -> spec.name().equals(weight))
            .map(spec -> to.parameters().get(plain.matrixName(spec)))
            .forEach(matrix -> matrix.assign(elements.reshape('c', matrix.shape())));
      }
    }
  }

  /** By the layer's name in DL4J's parameters. */
  private final Map<String, Piece> pieces = new LinkedHashMap<>();

  /** The wrapped network. */
  abstract N wrapped();

  /** A new network like the trained one, with other parameters. */
  abstract N plain();

  abstract List<NetworkLayer> layers(N network);

  abstract Adapter adapter();

  abstract ParameterCount parameters();

  /** The name, in the wrapped network's parameters, of a layer of the trained network. */
  abstract String wrappedName(String name);

  /**
   * A new network like the one that was wrapped first, where the trained one is a wrapped network
   * itself; with other parameters.
   */
  abstract N unwrapped();

  /** The name, in {@link #unwrapped}, of a layer of the trained network. */
  abstract String unwrappedName(String name);

  private boolean isWrappedBefore() {
    return pieces.values().stream().anyMatch(Piece::isFormed);
  }

  /** A layer of the trained network as a merged one has it. */
  final Layer unwrapped(String name, Layer conf) {
    Piece piece = pieces.get(name);
    return BaseConfs.copy(
        piece == null || piece.isFormed() ? Wrapped.plain(conf) : Wrapped.inside(conf));
  }

  /** A new network of DL4J's own layers, with other parameters. */
  private N mergeable() {
    return isWrappedBefore() ? unwrapped() : plain();
  }

  private String mergedName(String name) {
    return isWrappedBefore() ? unwrappedName(name) : name;
  }

  /** Whether a layer is what an earlier wrapping split off from an output layer. */
  static boolean isLinear(Layer conf) {
    return BaseConfs.unfrozen(conf) instanceof AdaptedLayer adapted
        && adapted.innermost().getClass() == OutputLayer.class;
  }

  /** Replaces one layer and records the original. */
  final Layer replace(
      String name,
      NamedLayer layer,
      Decision decision,
      AdapterPlan plan,
      Map<String, INDArray> parameters,
      Reach reach) {
    boolean coefficients =
        decision.action() == Decision.Action.TRAIN
            && NamedLayer.isOurs(layer.conf())
            && layer.wrapped() != null;
    Map<String, INDArray> own = coefficients ? layer.wrapped().own() : parameters;
    Layer conf =
        switch (decision.action()) {
          case ADAPT ->
              BaseLayers.adapted(layer, parameters, plan, decision, reach.inputGradient());
          case TRAIN -> BaseLayers.trained(layer, decision.updater());
          case FREEZE -> BaseLayers.frozen(layer, parameters, plan, decision, reach);
        };
    ReparameterizedLayer held =
        decision.action() != Decision.Action.TRAIN
                && BaseConfs.unfrozen(conf) instanceof ReparameterizedLayer kept
            ? kept
            : null;
    note(
        name,
        layer,
        decision,
        held,
        held == null ? Map.of() : frozen(layer, parameters, held),
        own);
    return conf;
  }

  /** The parameters without adapters, by the names of the layer that was wrapped first. */
  private static Map<String, FrozenParameter> frozen(
      NamedLayer layer, Map<String, INDArray> parameters, ReparameterizedLayer held) {
    if (layer.wrapped() == null || !layer.wrapped().isKept()) {
      return held.getFrozenParameters();
    }
    Map<String, INDArray> others = new LinkedHashMap<>(parameters);
    others.keySet().removeAll(held.factorizations().keySet());
    return BaseLayers.frozen(layer, others);
  }

  /** Records the original of a layer or vertex. */
  final void note(
      String name,
      NamedLayer layer,
      Decision decision,
      ReparameterizedLayer held,
      Map<String, FrozenParameter> frozen,
      Map<String, INDArray> parameters) {
    Map<String, INDArray> original = new LinkedHashMap<>();
    if (decision.action() == Decision.Action.TRAIN) {
      parameters.forEach((key, value) -> original.put(key, value.dup()));
    }
    pieces.put(name, new Piece(layer, decision.action(), held, frozen, original));
  }

  /**
   * Whether an output layer is split into its linear part and its loss, so that its weight need not
   * be formed.
   */
  static boolean isSplit(NamedLayer layer, Decision decision) {
    return decision.action() != Decision.Action.TRAIN
        && layer.wrapped() == null
        && layer.conf().getClass() == OutputLayer.class;
  }

  static void requireTraining(List<Decision> decisions, AdapterPlan plan) {
    boolean frozen = decisions.stream().allMatch(d -> d.action() == Decision.Action.FREEZE);
    if (frozen && !plan.trainsNothing()) {
      throw new IllegalArgumentException(
          "the plan neither adapts nor trains any layer: add a rule with adapt or train, or call"
              + " trainNothing() for a network that only computes");
    }
  }

  /** Gives the wrapped network's trained layers their parameters. */
  final void copyParameters() {
    Map<String, NetworkLayer> targets = byName(layers(wrapped()));
    pieces.forEach((name, piece) -> assign(piece.original(), targets.get(wrappedName(name))));
  }

  /**
   * A plain network with the wrapped one's weights.
   *
   * @throws ArithmeticException if a weight would be NaN or infinite, naming it
   */
  final N merged() {
    requireNoInsertion("be merged: no weight can take that in");
    N plain = mergeable();
    merge(plain);
    FiniteParameters.require(layers(plain));
    return plain;
  }

  /**
   * A plain network with the trained one's weights.
   *
   * @throws ArithmeticException if one of them is NaN or infinite, naming it
   */
  final N unmerged() {
    N plain = plain();
    unmerge(plain);
    FiniteParameters.require(layers(plain));
    return plain;
  }

  /** Gives a network the parameters of a plain one, after a check that it is like it. */
  final void copy(N plain, N target) {
    Map<String, NetworkLayer> targets = byName(layers(target));
    List<NetworkLayer> sources = layers(plain);
    sources.forEach(source -> checkSame(source.name(), source, targets.get(source.name())));
    sources.forEach(source -> assign(source.parameters(), targets.get(source.name())));
  }

  private void merge(N target) {
    Adapter adapter = adapter();
    Map<String, NetworkLayer> sources = byName(layers(wrapped()));
    Map<String, NetworkLayer> targets = byName(layers(target));
    pieces.forEach(
        (name, piece) -> {
          NetworkLayer to = targets.get(mergedName(name));
          if (piece.trained()) {
            assign(sources.get(wrappedName(name)).parameters(), to);
          } else if (piece.action() == Decision.Action.ADAPT) {
            writeHeld(piece, weight -> adapter.weight(wrappedName(name), weight), to);
          } else {
            writeHeld(piece, to);
          }
        });
  }

  private void unmerge(N target) {
    Map<String, NetworkLayer> targets = byName(layers(target));
    pieces.forEach(
        (name, piece) -> {
          NetworkLayer to = targets.get(name);
          if (piece.layer().wrapped() != null) {
            assign(piece.layer().wrapped().own(), to);
          } else if (piece.trained()) {
            assign(piece.original(), to);
          } else {
            writeHeld(piece, to);
          }
        });
  }

  /**
   * What the wrapped network adds to a layer's parameters, by their names in the trained network;
   * zeros for those that stay as they are.
   *
   * @param called one of the layer's names
   */
  final Map<String, INDArray> delta(String called) {
    requireNoInsertion("be given as changes of weights");
    Map.Entry<String, Piece> found =
        pieces.entrySet().stream()
            .filter(entry -> entry.getValue().layer().names().contains(called))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "the network has no layer \"%s\", only %s"
                            .formatted(called, pieces.keySet())));
    Piece piece = found.getValue();
    String name = wrappedName(found.getKey());
    NetworkLayer delta = byName(layers(mergeable())).get(mergedName(found.getKey()));
    delta.parameters().values().forEach(array -> array.assign(0));
    if (piece.action() == Decision.Action.ADAPT) {
      Adapter adapter = adapter();
      Set<String> weights = piece.held().factorizations().keySet();
      weights.forEach(w -> piece.writeWeight(w, adapter.delta(name, w), delta));
    } else if (piece.action() == Decision.Action.TRAIN) {
      assign(byName(layers(wrapped())).get(name).parameters(), delta);
      piece.original().forEach((key, value) -> delta.parameters().get(key).subi(value));
    }
    Map<String, INDArray> copies = new LinkedHashMap<>();
    delta.parameters().forEach((key, value) -> copies.put(key, value.dup()));
    return copies;
  }

  /**
   * Gives the wrapped network the trained one's weights: no coefficients, and what is trained
   * directly as it was.
   *
   * @return what it had, by layer and parameter
   */
  final Map<String, Map<String, INDArray>> clear() {
    requireNoInsertion("be disabled: use the trained network instead");
    Map<String, Map<String, INDArray>> trained = trained();
    Map<String, NetworkLayer> layers = byName(layers(wrapped()));
    pieces.forEach(
        (name, piece) -> {
          NetworkLayer layer = layers.get(wrappedName(name));
          if (piece.action() == Decision.Action.ADAPT) {
            layer.parameters().values().forEach(array -> array.assign(0));
          } else if (piece.action() == Decision.Action.TRAIN) {
            assign(piece.original(), layer);
          }
        });
    return trained;
  }

  /** A copy of all that the wrapped network trains, by layer and parameter. */
  final Map<String, Map<String, INDArray>> trained() {
    Map<String, Map<String, INDArray>> trained = new LinkedHashMap<>();
    for (NetworkLayer layer : layers(wrapped())) {
      Map<String, INDArray> copies = new LinkedHashMap<>();
      layer.parameters().forEach((key, value) -> copies.put(key, value.dup()));
      trained.put(layer.name(), copies);
    }
    return trained;
  }

  /** Undoes {@link #clear}. */
  final void restore(Map<String, Map<String, INDArray>> trained) {
    Map<String, NetworkLayer> layers = byName(layers(wrapped()));
    trained.forEach((name, parameters) -> assign(parameters, layers.get(name)));
  }

  private void requireNoInsertion(String what) {
    pieces.forEach(
        (name, piece) -> {
          if (piece.held() instanceof TransformerBlock block && block.getInsertion() != null) {
            throw new IllegalStateException(
                "layer \"%s\" has %s beside its weights, which cannot %s"
                    .formatted(name, block.getInsertion(), what));
          }
        });
  }

  private static void checkSame(String name, NetworkLayer expected, NetworkLayer found) {
    List<String> shapes = shapes(expected);
    if (found == null || !shapes.equals(shapes(found))) {
      throw new IllegalArgumentException(
          "the network is not like the one that was wrapped: layer \""
              + name
              + "\" should have the parameters "
              + shapes
              + ", but "
              + (found == null ? "there is no such layer" : "has " + shapes(found)));
    }
  }

  private static List<String> shapes(NetworkLayer layer) {
    List<String> shapes = new ArrayList<>();
    layer
        .parameters()
        .forEach((name, value) -> shapes.add(name + java.util.Arrays.toString(value.shape())));
    return shapes;
  }

  /** With the weights of the trained network. */
  private static void writeHeld(Piece piece, NetworkLayer to) {
    writeHeld(piece, weight -> piece.held().factorizations().get(weight).frozenWeight(), to);
  }

  private static void writeHeld(Piece piece, Function<String, float[]> weights, NetworkLayer to) {
    if (piece.held() != null && !TiedWeights.isTied(piece.layer().conf())) {
      piece
          .held()
          .factorizations()
          .keySet()
          .forEach(w -> piece.writeWeight(w, weights.apply(w), to));
    }
    piece.frozen().forEach((name, value) -> value.writeTo(to.parameters().get(name)));
  }

  private static void assign(Map<String, INDArray> from, NetworkLayer to) {
    from.forEach((name, value) -> to.parameters().get(name).assign(value));
  }

  private static Map<String, NetworkLayer> byName(List<NetworkLayer> layers) {
    Map<String, NetworkLayer> byName = new LinkedHashMap<>();
    layers.forEach(layer -> byName.put(layer.name(), layer));
    return byName;
  }
}
