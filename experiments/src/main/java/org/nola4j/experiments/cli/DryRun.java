// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.experiments.spi.Experiment;
import org.nola4j.experiments.spi.Plan;
import org.nola4j.experiments.spi.RunContext;

/**
 * The output of {@code run --dry-run} for one run.
 *
 * @param experiment the experiment's name
 * @param method the method's name
 * @param seed the run's seed
 * @param config all settings
 * @param parameters counts of the whole network
 * @param layers counts of each layer
 * @param adapterBytes size of the file with everything that is trained
 */
record DryRun(
    String experiment,
    String method,
    long seed,
    JsonNode config,
    ParameterCounts parameters,
    Map<String, ParameterCounts> layers,
    long adapterBytes) {

  static DryRun of(Experiment experiment, ExperimentConfig config, RunContext context) {
    Plan plan = experiment.plan(config, context);
    return new DryRun(
        config.experiment(),
        config.method(),
        config.seed(),
        Json.tree(config),
        plan.parameters(),
        plan.layers(),
        plan.adapterBytes());
  }
}
