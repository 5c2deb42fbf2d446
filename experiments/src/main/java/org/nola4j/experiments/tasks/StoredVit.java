// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.ModelConfig.Vit;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.checkpoint.VitCheckpoint;
import org.nola4j.models.checkpoint.VitDimensions;

/** A pretrained vision transformer from a file. */
final class StoredVit {
  private StoredVit() {}

  /**
   * Reads it with a new head for the examples.
   *
   * @throws UserException if the file is missing, has another digest than expected, or does not
   *     match the model configuration
   */
  static ComputationGraph read(ExperimentConfig config, ExampleShape examples, RunContext context) {
    BaseConfig.Stored base = config.base().as(BaseConfig.Stored.class);
    Path file = find(base, context);
    try {
      requireDigest(base, file, context);
      return read(file, config, examples);
    } catch (FileFormatException | CheckpointMismatchException e) {
      throw new UserException("base.file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Adds the file's digest to the configuration, unless it has one or the file is missing: a
   * finished run does not need the file, and an unfinished one reports the missing file.
   */
  static ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    if (!(config.base() instanceof BaseConfig.Stored base)
        || base.file() == null
        || base.sha256() != null) {
      return config;
    }
    Path file;
    try {
      file = find(base, context);
    } catch (UserException notThere) {
      return config;
    }
    try {
      return config.withBase(base.withSha256(sha256(file, context)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path find(BaseConfig.Stored base, RunContext context) {
    if (base.file() == null) {
      throw new UserException(
          "base.file is missing: set it to a .safetensors file with the weights of the pretrained"
              + " network, with timm's names");
    }
    try {
      return DataSets.read(context, source -> source.file(base.file()));
    } catch (UserException e) {
      throw new UserException("base.file: " + e.getMessage(), e);
    }
  }

  private static ComputationGraph read(Path file, ExperimentConfig config, ExampleShape examples)
      throws IOException {
    try (VitCheckpoint checkpoint = VitCheckpoint.open(file)) {
      requireSizes(file, checkpoint.dimensions(), VitExperiment.model(config));
      ComputationGraph network =
          VitExperiment.completed(checkpoint.model(), config, examples).build().init();
      checkpoint.readInto(network, VitCheckpoint.Head.NEW);
      return network;
    }
  }

  /** The configuration has the sizes too, so that a run can be planned without the file. */
  private static void requireSizes(Path file, VitDimensions found, Vit model) {
    List<String> settings = new ArrayList<>();
    compare("width", found.width(), model.width(), settings);
    compare("depth", found.blocks(), model.depth(), settings);
    compare("mlpWidth", found.mlpWidth(), model.mlpWidth(), settings);
    compare("patchSize", found.patchSize(), model.patchSize(), settings);
    if (!settings.isEmpty()) {
      throw new UserException(
          "base.file: the network in %s does not match the model configuration: set %s, or use another file"
              .formatted(file, String.join(", ", settings)));
    }
  }

  private static void compare(String key, int found, int configured, List<String> settings) {
    if (found != configured) {
      settings.add("model.%s=%d (now %d)".formatted(key, found, configured));
    }
  }

  /** The file must match the digest that the user or {@link #identified} may have set. */
  private static void requireDigest(BaseConfig.Stored base, Path file, RunContext context)
      throws IOException {
    if (base.sha256() == null) {
      return;
    }
    String found = sha256(file, context);
    if (!found.equals(base.sha256())) {
      throw new UserException(
          "base.sha256: %s has %s, expected %s: use another file or remove base.sha256"
              .formatted(file, found, base.sha256()));
    }
  }

  private static String sha256(Path file, RunContext context) throws IOException {
    return FileDigests.sha256(
        file,
        digest ->
            context.notes().accept("base.file is %s, base.sha256=%s".formatted(file, digest)));
  }
}
