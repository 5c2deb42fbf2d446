// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

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
    MethodConfig method = config.reparameterization();
    requireMethod(config, weights);
    if (method.is(Dense.class)) {
      return base;
    }
    ComputationGraph graph = Adapters.wrap(base, plan(config, weights, trained)).network();
    base.close(); // frees its memory now instead of waiting for the garbage collector
    return graph;
  }

  private static AdapterPlan plan(
      ExperimentConfig config, List<String> weights, List<String> trained) {
    MethodConfig method = config.reparameterization();
    AdapterPlan.Builder plan = adapterPlan(config);
    trained.forEach(plan::train);
    if (!method.is(Frozen.class)) {
      plan.adapt("block\\d+\\.(" + String.join("|", weights) + ")", w0 -> onto(w0, method));
    }
    return plan.build();
  }

  private static void requireMethod(ExperimentConfig config, List<String> weights) {
    MethodConfig method = config.reparameterization();
    if (config.classifier() != null) {
      throw new UserException("classifier: the last layer is always dense; remove it");
    }
    if (method.sharesCoefficients()) {
      throw new UserException(
          "reparameterization.shared: adapters over a trained network have their own coefficients;"
              + " remove it");
    }
    if (method.is(Dense.class) && method.coefficientBits() != null) {
      throw new UserException(
          "reparameterization.coefficientBits needs a method with adapters; remove it");
    }
    boolean adapts = !method.is(Dense.class) && !method.is(Frozen.class);
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
