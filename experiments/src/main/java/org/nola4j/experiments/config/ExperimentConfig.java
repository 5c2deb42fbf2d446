// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.nola4j.reparameterization.Frozen;

/**
 * Everything that determines a run's result: the same configuration gives the same numbers on the
 * same machine.
 *
 * @param experiment the experiment's name, from the folder of the configuration
 * @param method the method's name, from the configuration's file name
 * @param seed seed of the bases, the initial values, and the order of the examples
 * @param dataset the data
 * @param model the network
 * @param base the pretrained network that is adapted; {@code null} when training from scratch
 * @param reparameterization the method for the weights
 * @param classifier the method for the last layer; {@code null} for the same
 * @param training how the network is trained
 * @param evaluation what is measured; {@code null} for the default
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

  /** Checks that no part is missing. */
  public ExperimentConfig {
    ConfigChecks.present("experiment", experiment);
    ConfigChecks.present("method", method);
    ConfigChecks.present("dataset", dataset);
    ConfigChecks.present("model", model);
    ConfigChecks.present("reparameterization", reparameterization);
    ConfigChecks.present("training", training);
    if (!reparameterization.is(Frozen.class)) {
      ConfigChecks.atLeast("training.epochs", 1, training.epochs());
    }
    if (evaluation != null
        && !evaluation.coefficientBits().isEmpty()
        && (reparameterization.coefficientBits() != null
            || (classifier != null && classifier.coefficientBits() != null))) {
      throw new IllegalArgumentException(
          "evaluation.coefficientBits quantizes coefficients after training, but coefficientBits is"
              + " set too: remove one of them");
    }
  }

  /**
   * A configuration with the current names of settings.
   *
   * @param config a configuration of any version; may be incomplete, like one of several files
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

  /** The same settings under another name, for a run in a grid. */
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
    return with(dataset, model, otherBase);
  }

  /** The same experiment on another data set. */
  public ExperimentConfig withDataset(DatasetConfig otherDataset) {
    return with(otherDataset, model, base);
  }

  /** The same experiment with other options of its network. */
  public ExperimentConfig withModel(ModelConfig otherModel) {
    return with(dataset, otherModel, base);
  }

  private ExperimentConfig with(
      DatasetConfig otherDataset, ModelConfig otherModel, BaseConfig otherBase) {
    return new ExperimentConfig(
        experiment,
        method,
        seed,
        otherDataset,
        otherModel,
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

  /** The method of the last layer. */
  public MethodConfig classifierMethod() {
    return classifier == null ? reparameterization : classifier;
  }
}
