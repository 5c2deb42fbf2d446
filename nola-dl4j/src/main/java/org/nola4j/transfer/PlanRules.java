// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.internal.wrapped.BaseConfs;
import org.nola4j.internal.wrapped.WeightView;
import org.nola4j.layers.KernelView;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transformer.Insertion;

/**
 * The rules of a plan, applied to the layers of a network.
 *
 * @param rules in order; the first one that matches a layer applies
 * @param groups layers with updaters of their own; the first one that matches applies
 * @param inserts blocks that get something beside their weights; the first one that matches applies
 * @param trainBatchNorm whether batch normalization is trained if no rule matches
 * @param kernelView the default matrix view of a convolution's kernel
 * @param updater the default updater; may be null
 */
record PlanRules(
    List<Rule> rules,
    List<Group> groups,
    List<Insert> inserts,
    boolean trainBatchNorm,
    KernelView kernelView,
    IUpdater updater) {

  /** Chooses layers. */
  interface Matcher extends Predicate<NamedLayer>, Serializable {}

  /** The method of a weight on its W0. */
  interface Method extends BiFunction<BaseWeight, FrozenWeight, Reparameterization>, Serializable {}

  /**
   * The layers that a rule matches, and how they are treated.
   *
   * @param method of a weight on its W0, if it is adapted
   * @param recorded an adapter's entry for the layer; null in a user's plan
   */
  record Rule(
      String description,
      Matcher matches,
      Decision.Action action,
      Method method,
      AdapterLayer recorded)
      implements Serializable {
    Long seed() {
      return recorded == null ? null : recorded.seed();
    }
  }

  /** The updater of some layers. */
  record Group(String description, Matcher matches, IUpdater updater) implements Serializable {}

  /** What some blocks get beside their weights. */
  record Insert(String description, Matcher matches, Insertion insertion) implements Serializable {}

  /**
   * The decisions for all layers of a network.
   *
   * @throws IllegalArgumentException if a rule matches none of them, or a layer that cannot be
   *     adapted
   */
  List<Decision> decide(List<NamedLayer> layers) {
    for (Rule rule : rules) {
      requireMatch(rule.description(), layers, layer -> matches(rule, layer));
    }
    for (Group group : groups) {
      requireMatch(group.description(), layers, group.matches());
    }
    for (Insert insert : inserts) {
      requireMatch(insert.description(), layers, insert.matches());
    }
    return layers.stream().map(this::decide).toList();
  }

  private static void requireMatch(
      String description, List<NamedLayer> layers, Predicate<NamedLayer> matches) {
    if (layers.stream().noneMatch(matches)) {
      throw new IllegalArgumentException(
          "the plan's rule for "
              + description
              + " matches none of the network's layers, which are "
              + layers.stream().map(NamedLayer::describe).toList());
    }
  }

  private static boolean matches(Rule rule, NamedLayer layer) {
    return rule.matches().test(layer)
        || layer.weights().keySet().stream().anyMatch(w -> rule.matches().test(layer.weight(w)));
  }

  private Decision decide(NamedLayer layer) {
    Map<String, BiFunction<BaseWeight, FrozenWeight, Reparameterization>> methods =
        new LinkedHashMap<>();
    Rule adapting = null;
    for (String weight : layer.weights().keySet()) {
      Rule rule = first(layer, layer.weight(weight));
      if (rule == null || rule.action() == Decision.Action.FREEZE) {
        continue;
      }
      if (rule.action() == Decision.Action.TRAIN && !rule.matches().test(layer)) {
        throw new IllegalArgumentException(
            "the plan's rule for "
                + rule.description()
                + " is to train one weight of layer "
                + layer.describe()
                + ": train the whole layer, or adapt the weight");
      }
      if (rule.action() == Decision.Action.ADAPT) {
        methods.put(weight, rule.method());
        adapting = rule;
      }
    }
    Insertion insertion = insertion(layer);
    if (adapting != null) {
      return new Decision(
          Decision.Action.ADAPT,
          methods,
          adapting.seed(),
          kernelView(adapting, layer),
          updater(layer),
          insertion);
    }
    Decision.Action action = insertion == null ? action(layer) : Decision.Action.ADAPT;
    return new Decision(action, methods, null, kernelView, updater(layer), insertion);
  }

  private Insertion insertion(NamedLayer layer) {
    return inserts.stream()
        .filter(insert -> insert.matches().test(layer))
        .findFirst()
        .map(Insert::insertion)
        .orElse(null);
  }

  /** How to treat a layer none of whose weights gets an adapter. */
  private Decision.Action action(NamedLayer layer) {
    Rule rule = first(layer, layer);
    if (rule != null && rule.action() == Decision.Action.ADAPT) {
      throw new IllegalArgumentException(
          "layer "
              + layer.describe()
              + " cannot have an adapter: it has no weight that is a matrix; train or freeze it");
    }
    if (rule != null) {
      if (rule.action() == Decision.Action.TRAIN
          && layer.wrapped() != null
          && layer.wrapped().hasAdapter()) {
        throw new IllegalArgumentException(
            "layer "
                + layer.describe()
                + " has an adapter already, or is held frozen, and cannot be trained directly:"
                + " adapt or freeze it, train its adapter before the network is wrapped once more,"
                + " or merge() that first");
      }
      return rule.action();
    }
    boolean trained =
        (!layer.frozen() && BaseConfs.isTrainedOutput(layer.conf()))
            || (trainBatchNorm && layer.conf() instanceof BatchNormalization);
    return trained ? Decision.Action.TRAIN : Decision.Action.FREEZE;
  }

  /** The first rule that matches either name. */
  private Rule first(NamedLayer layer, NamedLayer weight) {
    return rules.stream()
        .filter(rule -> rule.matches().test(layer) || rule.matches().test(weight))
        .findFirst()
        .orElse(null);
  }

  /** An adapter records the matrix's shape; two views of one shape are the same matrix. */
  private KernelView kernelView(Rule rule, NamedLayer layer) {
    if (rule.recorded() == null || NamedLayer.isOurs(layer.conf())) {
      return kernelView;
    }
    return Stream.of(KernelView.values())
        .filter(view -> rule.recorded().weights().stream().allMatch(w -> fits(w, layer, view)))
        .findFirst()
        .orElse(kernelView);
  }

  private static boolean fits(WeightSpec recorded, NamedLayer layer, KernelView view) {
    List<Long> axes = layer.weights().get(recorded.name());
    return axes != null
        && WeightView.of(BaseConfs.leaf(layer.layer()), axes, view)
            .shape()
            .equals(recorded.shape());
  }

  private IUpdater updater(NamedLayer layer) {
    return groups.stream()
        .filter(group -> group.matches().test(layer))
        .findFirst()
        .map(Group::updater)
        .orElse(updater);
  }
}
