// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

/**
 * What one process measures.
 *
 * @param pass the pass to time
 * @param model the network
 * @param method the experiment's configuration
 * @param settings changes to the configuration
 * @param batch examples per step
 * @param imageSize height and width of the images; 0 for the size of the experiment's data
 * @param seconds how long to measure
 */
record StepTask(
    Pass pass,
    StepModel model,
    String method,
    List<Setting> settings,
    int batch,
    int imageSize,
    double seconds) {
  /** Makes layers of the same shape share their bases. */
  static final Setting SHARED_BASES = Setting.parse("reparameterization.bases=shared");

  private static final int FIXED_ARGUMENTS = 6;

  StepTask {
    settings = List.copyOf(settings);
  }

  /** What to do with a batch. */
  enum Pass {
    /** One step of training. */
    TRAINING,
    /** The outputs only. */
    INFERENCE
  }

  List<String> arguments() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                pass.name(),
                model.name(),
                method,
                Integer.toString(batch),
                Integer.toString(imageSize),
                Double.toString(seconds)));
    settings.forEach(setting -> arguments.add(setting.toString()));
    return arguments;
  }

  static StepTask parse(String... arguments) {
    return new StepTask(
        Pass.valueOf(arguments[0]),
        StepModel.named(arguments[1]),
        arguments[2],
        Arrays.stream(arguments).skip(FIXED_ARGUMENTS).map(Setting::parse).toList(),
        Integer.parseInt(arguments[3]),
        Integer.parseInt(arguments[4]),
        Double.parseDouble(arguments[5]));
  }

  /** The name in the table. */
  String label() {
    return settings.contains(SHARED_BASES) ? method + ", shared bases" : method;
  }

  ExperimentConfig config() {
    List<Setting> all = new ArrayList<>(model.settings());
    if (imageSize != 0) {
      all.add(Setting.of("dataset.imageSize", imageSize));
    }
    all.addAll(settings);
    return ConfigLoader.packaged().load(model.experiment().name(), method, all);
  }
}
