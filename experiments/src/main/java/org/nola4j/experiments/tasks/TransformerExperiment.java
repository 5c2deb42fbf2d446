// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.network.PlannedGraph;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;
import org.nola4j.transformer.Insertion;

/** A transformer, trained from scratch or pretrained and adapted. */
abstract class TransformerExperiment extends NetworkExperiment {
  /**
   * A pretrained network as a configuration trains it: adapters over the weights of its blocks and
   * some layers, such as a new head; these layers only; or all weights.
   *
   * @param base is closed, unless it is the result
   * @param weights of each block that get an adapter; null where none does
   * @param trained the names of the layers that are trained themselves
   */
  static ComputationGraph adapted(
      ComputationGraph base, ExperimentConfig config, List<String> weights, List<String> trained) {
    return adapted(base, config, weights, trained, null);
  }

  /**
   * As {@link #adapted(ComputationGraph, ExperimentConfig, List, List)}.
   *
   * @param insertion what each block gets beside its weights; null for nothing
   */
  static ComputationGraph adapted(
      ComputationGraph base,
      ExperimentConfig config,
      List<String> weights,
      List<String> trained,
      Insertion insertion) {
    requireMethod(config, weights, insertion);
    if (config.reparameterization().is(Dense.class)) {
      return base;
    }
    ComputationGraph graph =
        Adapters.wrap(base, adapterPlan(config, weights, trained, insertion)).network();
    base.close(); // frees its memory now instead of waiting for the garbage collector
    return graph;
  }

  /**
   * The counts of a network of this library's layers, adapted in the same way; no weight is read.
   */
  final Plan counted(
      ComputationGraphConfiguration base,
      ExperimentConfig config,
      List<String> weights,
      List<String> trained,
      Insertion insertion) {
    requireMethod(config, weights, insertion);
    if (config.reparameterization().is(Dense.class)) {
      return counted(new GraphNetwork(PlannedGraph.of(base)));
    }
    List<NetworkLayer> layers =
        Adapters.planned(base, adapterPlan(config, weights, trained, insertion));
    Map<String, ParameterCounts> counts = new LinkedHashMap<>();
    for (NetworkLayer layer : layers) {
      if (!layer.parameters().isEmpty()) {
        counts.put(layer.name(), ParameterCounts.of(ParameterCount.of(List.of(layer))));
      }
    }
    return new Plan(
        ParameterCounts.of(ParameterCount.of(layers)),
        counts,
        Adapter.of(layers).bytes(Precision.F32));
  }

  /** As {@link #adapted} wraps a network. */
  static AdapterPlan adapterPlan(
      ExperimentConfig config, List<String> weights, List<String> trained, Insertion insertion) {
    MethodConfig method = config.reparameterization();
    requireMethod(config, weights, insertion);
    AdapterPlan.Builder plan = adapterPlan(config).frozenBits(bits(config));
    trained.forEach(plan::train);
    if (method.is(Frozen.class) && trained.isEmpty() && insertion == null) {
      plan.trainNothing();
    } else if (!method.is(Frozen.class)) {
      plan.adapt("block\\d+\\.(" + String.join("|", weights) + ")", w0 -> onto(w0, method));
    }
    if (insertion != null) {
      plan.insert("block\\d+", insertion);
    }
    return plan.build();
  }

  private static int bits(ExperimentConfig config) {
    return config.base() instanceof BaseConfig.Stored stored ? stored.frozenBits() : 0;
  }

  private static void requireMethod(
      ExperimentConfig config, List<String> weights, Insertion insertion) {
    MethodConfig method = config.reparameterization();
    if (method.is(Dense.class) && insertion != null) {
      throw new UserException("model.insertion: all weights are trained; remove it");
    }
    if (config.classifier() != null) {
      throw new UserException("classifier: the last layer is always dense; remove it");
    }
    if (method.sharesCoefficients()) {
      throw new UserException(
          "reparameterization.shared: adapters over a trained network have their own coefficients;"
              + " remove it");
    }
    boolean adapts = !method.is(Dense.class) && !method.is(Frozen.class);
    if (method.is(Dense.class) && method.coefficientBits() != null) {
      throw new UserException(
          "reparameterization.coefficientBits needs a method with adapters; remove it");
    }
    if (!adapts && method.dropout() > 0) {
      throw new UserException("reparameterization.dropout needs a method with adapters; remove it");
    }
    if (method.is(Dense.class) && bits(config) != 0) {
      throw new UserException("base.bits: all weights are trained, as float32; remove it");
    }
    if (adapts && weights == null) {
      throw new UserException(
          "model.adapted is missing: set it to the weights of each block that get an adapter, such"
              + " as [\"fc1\", \"fc2\"]");
    }
    if (!adapts && weights != null) {
      throw new UserException(
          "model.adapted: without adapters, either all weights or only the last layers are trained;"
              + " remove it");
    }
  }
}
