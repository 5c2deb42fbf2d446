// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.VitCheckpoint;
import org.nola4j.reparameterization.Dense;

/**
 * A vision transformer trained from scratch with all weights. Its file is the whole model with
 * timm's names, a base for {@link VitFewShotExperiment}.
 */
public final class VitPretrainExperiment extends VitExperiment {
  @Override
  public String name() {
    return "vit-pretrain";
  }

  @Override
  public String description() {
    return "vision transformer trained from scratch, to be fine-tuned with vit-fewshot";
  }

  @Override
  protected Network build(ExperimentConfig config, ExampleShape shape) {
    boolean plain =
        config.reparameterization().is(Dense.class)
            && config.reparameterization().coefficientBits() == null
            && config.classifier() == null
            && model(config).adapted() == null;
    if (!plain) {
      throw new UserException(
          "reparameterization: %s trains all weights directly: set its method to dense, and remove"
                  .formatted(name())
              + " coefficientBits, classifier, and model.adapted");
    }
    return new GraphNetwork(untrained(config, shape).build().init(), VisionTransformer.POOLING);
  }

  @Override
  protected void checkNotes(Map<String, String> notes) {
    refuseNotes(notes);
  }

  @Override
  protected void write(Network network, ExperimentConfig config, RunContext context, Path file)
      throws IOException {
    VitCheckpoint.write(graph(network), file);
  }

  @Override
  protected long bytes(Network network) {
    return VitCheckpoint.bytes(graph(network));
  }

  private static ComputationGraph graph(Network network) {
    return ((GraphNetwork) network).graph();
  }
}
