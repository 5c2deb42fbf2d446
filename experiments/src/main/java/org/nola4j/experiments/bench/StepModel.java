// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.datasets.batch.ImageLayout;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.Setting;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.NetworkExperiment;
import org.nola4j.experiments.tasks.Cifar10ResNet20Experiment;
import org.nola4j.experiments.tasks.ImageNet100ResNet18Experiment;
import org.nola4j.experiments.tasks.MnistExperiment;
import org.nola4j.experiments.tasks.VitFewShotExperiment;

/**
 * A network whose training step is timed, as trained by an experiment.
 *
 * @param name the name on the command line
 * @param what description, for the table
 * @param experiment the experiment whose configurations are its methods
 * @param settings the experiment's settings for this network
 * @param layout layout of its examples, if they are images
 * @param batch default number of examples per step
 */
record StepModel(
    String name,
    String what,
    NetworkExperiment experiment,
    List<Setting> settings,
    ImageLayout layout,
    int batch) {
  /** Networks that are trained from scratch. */
  static final List<StepModel> SCRATCH =
      List.of(
          scratch("mlp", "784-256-10 perceptron", new MnistExperiment(), 512),
          scratch("resnet20", "ResNet20", new Cifar10ResNet20Experiment(), 128),
          scratch("resnet18", "ResNet18", new ImageNet100ResNet18Experiment(), 64));

  /** Networks that are fine-tuned. */
  static final List<StepModel> TRANSFORMERS =
      List.of(
          transformer("vit-tiny", "ViT-Ti/16"),
          transformer("vit-small", "ViT-S/16"),
          transformer("vit-base", "ViT-B/16"),
          transformer("vit-large", "ViT-L/16"));

  private static StepModel scratch(
      String name, String what, NetworkExperiment experiment, int batch) {
    return new StepModel(name, what, experiment, List.of(), ImageLayout.NHWC, batch);
  }

  private static StepModel transformer(String name, String what) {
    return new StepModel(
        name,
        what,
        new VitFewShotExperiment(),
        List.of(Setting.parse("model.network=" + name)),
        ImageLayout.NCHW,
        8);
  }

  /** One of these. */
  static StepModel named(String name, List<StepModel> models) {
    return models.stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "--model must be one of %s, was %s%s"
                        .formatted(names(models), name, Suggestions.hint(name, list(models)))));
  }

  /** One of all. */
  static StepModel named(String name) {
    return named(name, Stream.of(SCRATCH, TRANSFORMERS).flatMap(List::stream).toList());
  }

  /** Their names, separated by commas. */
  static String names(List<StepModel> models) {
    return String.join(", ", list(models));
  }

  private static List<String> list(List<StepModel> models) {
    return models.stream().map(StepModel::name).toList();
  }

  /** The shape of its examples; for square images of another size if the size is not 0. */
  ExampleShape shape(int imageSize) {
    ExampleShape shape = experiment.shape();
    return imageSize == 0 ? shape : ExampleShape.images(imageSize, shape.classes());
  }

  /** The shape of a batch's features. */
  long[] batchOf(int examples, int imageSize) {
    long[] shape = shape(imageSize).batchOf(examples);
    return takesImages() && layout == ImageLayout.NCHW
        ? new long[] {shape[0], shape[3], shape[1], shape[2]}
        : shape;
  }

  /** Whether its input is two-dimensional images. */
  boolean takesImages() {
    return experiment.shape().isImage();
  }

  /** "512 x 784" or "64 x 224 x 224 x 3". */
  static String text(long[] batch) {
    return String.join(" x ", Arrays.stream(batch).mapToObj(Long::toString).toList());
  }
}
