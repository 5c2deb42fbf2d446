// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import org.nola4j.datasets.batch.ImageLayout;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig.Vit;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.ImageData;
import org.nola4j.experiments.network.TrainingData;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.models.VisionTransformer;

/** Base class of experiments with vision transformers on square color images. */
abstract class VitExperiment extends TransformerExperiment {
  private static final int IMAGE_SIZE = 224;

  @Override
  public final ExampleShape shape() {
    return ExampleShape.images(IMAGE_SIZE, 10);
  }

  @Override
  protected final TrainingData data(ExperimentConfig config, RunContext context) {
    return ImageData.read(config, context, shape(), ImageLayout.NCHW);
  }

  static Vit model(ExperimentConfig config) {
    return config.model().as(Vit.class);
  }

  /** The untrained network of a configuration, without methods for its weights. */
  static VisionTransformer.Builder untrained(ExperimentConfig config, ExampleShape examples) {
    Vit model = model(config);
    return completed(
        VisionTransformer.base()
            .width(model.width())
            .depth(model.depth())
            .mlpWidth(model.mlpWidth())
            .patchSize(model.patchSize()),
        config,
        examples);
  }

  /** Adds to a network's builder what the file of a trained network does not contain. */
  static VisionTransformer.Builder completed(
      VisionTransformer.Builder sizes, ExperimentConfig config, ExampleShape examples) {
    int imageSize = examples.features().get(0);
    int patchSize = model(config).patchSize();
    if (imageSize % patchSize != 0) {
      throw new UserException(
          "dataset.imageSize must be a multiple of model.patchSize, but images have %d and patches"
                  .formatted(imageSize)
              + " %d pixels a side: set one of the two".formatted(patchSize));
    }
    return sizes
        .heads(model(config).heads())
        .imageSize(imageSize)
        .classes(examples.classes())
        .updater(updater(config.training()))
        .seed(config.seed());
  }
}
