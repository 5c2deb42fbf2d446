package org.nola4j.experiments.bench;

import java.util.Arrays;
import java.util.List;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.mnist.MnistExperiment;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.resnet.Cifar10ResNet20Experiment;
import org.nola4j.experiments.resnet.ImageNet100ResNet18Experiment;

/**
 * A network whose training step is timed, as an experiment trains it.
 *
 * @param name the name on the command line
 * @param what it is, for the table
 * @param experiment whose configurations are its methods
 * @param batch examples a step, unless the user says otherwise
 */
record StepModel(String name, String what, NetworkExperiment experiment, int batch) {
  static final List<StepModel> ALL =
      List.of(
          new StepModel("mlp", "784-256-10 perceptron", new MnistExperiment(), 512),
          new StepModel("resnet20", "ResNet20", new Cifar10ResNet20Experiment(), 128),
          new StepModel("resnet18", "ResNet18", new ImageNet100ResNet18Experiment(), 64));

  static StepModel named(String name) {
    return ALL.stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "--model must be one of %s, was %s%s"
                        .formatted(names(), name, Suggestions.hint(name, namesList()))));
  }

  /** The names of all, separated by commas. */
  static String names() {
    return String.join(", ", namesList());
  }

  private static List<String> namesList() {
    return ALL.stream().map(StepModel::name).toList();
  }

  /** The shape of its examples, of square images of another size if the size is not 0. */
  ExampleShape shape(int imageSize) {
    ExampleShape shape = experiment.shape();
    return imageSize == 0 ? shape : ExampleShape.images(imageSize, shape.classes());
  }

  /** Whether it takes images in two dimensions. */
  boolean takesImages() {
    return experiment.shape().features().size() > 1;
  }

  /** "512 x 784" or "64 x 224 x 224 x 3". */
  static String text(long[] batch) {
    return String.join(" x ", Arrays.stream(batch).mapToObj(Long::toString).toList());
  }
}
