// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.MethodConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.VisionTransformer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/**
 * A pretrained vision transformer from a file, fine-tuned with a new head from a few images of each
 * class (paper, tables 6, 7 and 10).
 */
public final class VitFewShotExperiment extends VitExperiment {
  @Override
  public String name() {
    return "vit-fewshot";
  }

  @Override
  public String description() {
    return "pretrained vision transformer fine-tuned from a few images (paper, tables 6, 7, 10)";
  }

  @Override
  protected boolean adaptsBase() {
    return true;
  }

  @Override
  public ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    return StoredVit.identified(config, context);
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    config.base().as(BaseConfig.Stored.class);
    return adapt(untrained(config, shape).build().init(), config);
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    return adapt(StoredVit.read(config, shape, context), config);
  }

  private static Network adapt(ComputationGraph base, ExperimentConfig config) {
    requireMethod(config);
    MethodConfig method = config.reparameterization();
    ComputationGraph graph = base;
    if (!method.is(Dense.class)) {
      graph = Adapters.wrap(base, plan(config, method)).network();
      base.close(); // its memory, which would wait for the garbage collector
    }
    return new GraphNetwork(graph, VisionTransformer.POOLING);
  }

  private static AdapterPlan plan(ExperimentConfig config, MethodConfig method) {
    AdapterPlan.Builder plan = adapterPlan(config).train(VisionTransformer.HEAD);
    if (!method.is(Frozen.class)) {
      String weights = String.join("|", model(config).adapted());
      plan.adapt("block\\d+\\.(" + weights + ")", w0 -> onto(w0, method));
    }
    return plan.build();
  }

  private static void requireMethod(ExperimentConfig config) {
    MethodConfig method = config.reparameterization();
    if (config.classifier() != null) {
      throw new UserException("classifier: the new head is always trained as it is; leave it out");
    }
    if (method.sharesCoefficients()) {
      throw new UserException(
          "reparameterization.shared: adapters over a trained network have coefficients of their"
              + " own; leave it out");
    }
    if (method.is(Dense.class) && method.coefficientBits() != null) {
      throw new UserException(
          "reparameterization.coefficientBits is for methods with adapters here; leave it out");
    }
    boolean adapts = !method.is(Dense.class) && !method.is(Frozen.class);
    if (adapts && model(config).adapted() == null) {
      throw new UserException(
          "model.adapted is missing: the weights of each block that get an adapter, as [\"fc1\","
              + " \"fc2\"]");
    }
    if (!adapts && model(config).adapted() != null) {
      throw new UserException(
          "model.adapted: without adapters either all weights are trained or the head only; leave"
              + " it out");
    }
  }
}
