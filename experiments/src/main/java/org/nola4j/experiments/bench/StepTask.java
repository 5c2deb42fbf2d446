package org.nola4j.experiments.bench;

import java.util.List;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

/**
 * What one process measures.
 *
 * @param model the network
 * @param method the experiment's configuration
 * @param sharedBases whether its layers of one shape share their bases
 * @param batch examples a step
 * @param imageSize height and width of the images; 0 for those of the experiment's data
 * @param seconds how long to measure
 */
record StepTask(
    StepModel model, String method, boolean sharedBases, int batch, int imageSize, double seconds) {
  List<String> arguments() {
    return List.of(
        model.name(),
        method,
        Boolean.toString(sharedBases),
        Integer.toString(batch),
        Integer.toString(imageSize),
        Double.toString(seconds));
  }

  static StepTask parse(String... arguments) {
    return new StepTask(
        StepModel.named(arguments[0]),
        arguments[1],
        Boolean.parseBoolean(arguments[2]),
        Integer.parseInt(arguments[3]),
        Integer.parseInt(arguments[4]),
        Double.parseDouble(arguments[5]));
  }

  /** What the table calls it. */
  String label() {
    return sharedBases ? method + ", shared bases" : method;
  }

  ExperimentConfig config() {
    List<Setting> settings =
        sharedBases ? List.of(Setting.parse("reparameterization.bases=shared")) : List.of();
    return ConfigLoader.packaged().load(model.experiment().name(), method, settings);
  }
}
