package org.nola4j.experiments.bench;

import java.util.List;

/**
 * What one process measures.
 *
 * @param model the network
 * @param method the experiment's configuration
 * @param batch examples a step
 * @param imageSize height and width of the images; 0 for those of the experiment's data
 * @param seconds how long to measure
 */
record StepTask(StepModel model, String method, int batch, int imageSize, double seconds) {
  List<String> arguments() {
    return List.of(
        model.name(),
        method,
        Integer.toString(batch),
        Integer.toString(imageSize),
        Double.toString(seconds));
  }

  static StepTask parse(String... arguments) {
    return new StepTask(
        StepModel.named(arguments[0]),
        arguments[1],
        Integer.parseInt(arguments[2]),
        Integer.parseInt(arguments[3]),
        Double.parseDouble(arguments[4]));
  }
}
