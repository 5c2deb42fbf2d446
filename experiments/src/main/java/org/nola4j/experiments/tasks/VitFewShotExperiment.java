// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.network.PlannedGraph;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.VisionTransformer;

/**
 * A pretrained vision transformer from a file, fine-tuned with a new head on a few images per class
 * (paper, tables 6, 7, and 10).
 */
public final class VitFewShotExperiment extends VitExperiment {
  @Override
  public String name() {
    return "vit-fewshot";
  }

  @Override
  public String description() {
    return "pretrained vision transformer, fine-tuned on a few images (paper, tables 6, 7, 10)";
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
    return adapt(PlannedGraph.of(untrained(config, shape).build().conf()), config);
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape, RunContext context) {
    return adapt(StoredVit.read(config, shape, context), config);
  }

  private static Network adapt(ComputationGraph base, ExperimentConfig config) {
    ComputationGraph graph =
        adapted(base, config, model(config).adapted(), List.of(VisionTransformer.HEAD));
    return new GraphNetwork(graph, VisionTransformer.POOLING);
  }
}
