package org.nola4j.experiments.bench;

import java.util.ArrayList;
import java.util.List;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

/**
 * What one process measures.
 *
 * @param pass what is timed
 * @param model the network
 * @param method the experiment's configuration
 * @param sharedBases whether its layers of one shape share their bases
 * @param batch examples a step
 * @param imageSize height and width of the images; 0 for those of the experiment's data
 * @param seconds how long to measure
 */
record StepTask(
    Pass pass,
    StepModel model,
    String method,
    boolean sharedBases,
    int batch,
    int imageSize,
    double seconds) {
  /** What is done with a batch. */
  enum Pass {
    /** One step of training. */
    TRAINING,
    /** The outputs only. */
    INFERENCE
  }

  List<String> arguments() {
    return List.of(
        pass.name(),
        model.name(),
        method,
        Boolean.toString(sharedBases),
        Integer.toString(batch),
        Integer.toString(imageSize),
        Double.toString(seconds));
  }

  static StepTask parse(String... arguments) {
    return new StepTask(
        Pass.valueOf(arguments[0]),
        StepModel.named(arguments[1]),
        arguments[2],
        Boolean.parseBoolean(arguments[3]),
        Integer.parseInt(arguments[4]),
        Integer.parseInt(arguments[5]),
        Double.parseDouble(arguments[6]));
  }

  /** What the table calls it. */
  String label() {
    return sharedBases ? method + ", shared bases" : method;
  }

  ExperimentConfig config() {
    List<Setting> settings = new ArrayList<>(model.settings());
    if (sharedBases) {
      settings.add(Setting.parse("reparameterization.bases=shared"));
    }
    if (imageSize != 0) {
      settings.add(Setting.of("dataset.imageSize", imageSize));
    }
    return ConfigLoader.packaged().load(model.experiment().name(), method, settings);
  }
}
