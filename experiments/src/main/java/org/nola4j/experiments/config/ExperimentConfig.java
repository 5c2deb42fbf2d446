// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Everything that decides a run's result: the same configuration gives the same numbers on the same
 * machine.
 *
 * @param experiment the experiment's name, from the folder of the configuration
 * @param method the method's name, from the configuration's file name
 * @param seed decides bases, initial values and the order of the examples
 * @param dataset what is learned
 * @param model the network
 * @param base what the network was trained on before; {@code null} if it starts from scratch
 * @param reparameterization how its weights arise from trained numbers
 * @param classifier the same for the last layer, which may differ; {@code null} if it does not
 * @param training how these are trained
 * @param evaluation what is measured; {@code null} for what usually is
 */
public record ExperimentConfig(
    String experiment,
    String method,
    long seed,
    DatasetConfig dataset,
    ModelConfig model,
    @JsonInclude(JsonInclude.Include.NON_NULL) BaseConfig base,
    MethodConfig reparameterization,
    @JsonInclude(JsonInclude.Include.NON_NULL) MethodConfig classifier,
    TrainingConfig training,
    @JsonInclude(JsonInclude.Include.NON_NULL) EvaluationConfig evaluation) {

  /** Checks that every part is there. */
  public ExperimentConfig {
    ConfigChecks.present("experiment", experiment);
    ConfigChecks.present("method", method);
    ConfigChecks.present("dataset", dataset);
    ConfigChecks.present("model", model);
    ConfigChecks.present("reparameterization", reparameterization);
    ConfigChecks.present("training", training);
    if (evaluation != null
        && !evaluation.coefficientBits().isEmpty()
        && (reparameterization.coefficientBits() != null
            || (classifier != null && classifier.coefficientBits() != null))) {
      throw new IllegalArgumentException(
          "evaluation.coefficientBits is for networks whose coefficients are quantized after"
              + " training, but coefficientBits is set: leave out one of the two");
    }
  }

  /**
   * A configuration as it would be written today, by present names of methods' settings.
   *
   * @param config of any age; may lack parts, as one file of several does
   */
  public static JsonNode canonical(JsonNode config) {
    JsonNode copy = config.deepCopy();
    for (String part : List.of("reparameterization", "classifier")) {
      if (copy.get(part) instanceof ObjectNode method) {
        ((ObjectNode) copy).set(part, MethodKeys.canonical(method));
      }
    }
    return copy;
  }

  /** The same settings under another name, for the record of a run that is one of many. */
  public ExperimentConfig named(String otherExperiment, String otherMethod) {
    return new ExperimentConfig(
        otherExperiment,
        otherMethod,
        seed,
        dataset,
        model,
        base,
        reparameterization,
        classifier,
        training,
        evaluation);
  }

  /** The same settings over another network. */
  public ExperimentConfig withBase(BaseConfig otherBase) {
    return new ExperimentConfig(
        experiment,
        method,
        seed,
        dataset,
        model,
        otherBase,
        reparameterization,
        classifier,
        training,
        evaluation);
  }

  /** What is measured. */
  public EvaluationConfig measurements() {
    return evaluation == null ? EvaluationConfig.DEFAULT : evaluation;
  }

  /** How the last layer's weights arise. */
  public MethodConfig classifierMethod() {
    return classifier == null ? reparameterization : classifier;
  }
}
