// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.GraphNetwork;
import org.nola4j.experiments.tasks.Gpt2NlgExperiment;

/**
 * What one process measures of a language model.
 *
 * @param method a configuration of gpt2-nlg
 * @param settings changes to the configuration
 * @param batch texts of a step
 * @param tokens of each text
 * @param generated tokens that are written after a prompt of as many
 * @param seconds how long each row is measured
 */
record Gpt2Task(
    String method, List<Setting> settings, int batch, int tokens, int generated, double seconds) {
  private static final int FIXED_ARGUMENTS = 5;

  Gpt2Task {
    settings = List.copyOf(settings);
  }

  List<String> arguments() {
    Stream<String> fixed =
        Stream.of(
            method, String.valueOf(batch), "" + tokens, "" + generated, Double.toString(seconds));
    return Stream.concat(fixed, settings.stream().map(Setting::toString)).toList();
  }

  static Gpt2Task parse(String... arguments) {
    return new Gpt2Task(
        arguments[0],
        Arrays.stream(arguments).skip(FIXED_ARGUMENTS).map(Setting::parse).toList(),
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]),
        Integer.parseInt(arguments[3]),
        Double.parseDouble(arguments[4]));
  }

  ExperimentConfig config() {
    List<Setting> all = new ArrayList<>(List.of(Setting.parse("model.network=gpt2-small")));
    all.addAll(settings);
    return ConfigLoader.packaged().load("gpt2-nlg", method, all);
  }

  ModelConfig.Gpt2 model() {
    return config().model().as(ModelConfig.Gpt2.class);
  }

  /** With random weights. */
  GraphNetwork network() {
    return Gpt2NlgExperiment.random(config());
  }
}
