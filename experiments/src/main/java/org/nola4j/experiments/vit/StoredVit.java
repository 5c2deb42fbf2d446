package org.nola4j.experiments.vit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
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
   * Reads it, with a new head for the examples.
   *
   * @throws UserException if the file is not there, is another one than was said, or does not fit
   *     the configuration of the model
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

  private static Path find(BaseConfig.Stored base, RunContext context) {
    if (base.file() == null) {
      throw new UserException(
          "base.file is missing: the pretrained network's weights, a .safetensors file by timm's"
              + " names: set base.file");
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

  /** The configuration says the sizes too, so that a run can be planned without the file. */
  private static void requireSizes(Path file, VitDimensions found, Vit model) {
    List<String> settings = new ArrayList<>();
    compare("width", found.width(), model.width(), settings);
    compare("depth", found.blocks(), model.depth(), settings);
    compare("mlpWidth", found.mlpWidth(), model.mlpWidth(), settings);
    compare("patchSize", found.patchSize(), model.patchSize(), settings);
    if (!settings.isEmpty()) {
      throw new UserException(
          "base.file: the network in %s is not the model of the configuration: set %s, or name another file"
              .formatted(file, String.join(", ", settings)));
    }
  }

  private static void compare(String key, int found, int configured, List<String> settings) {
    if (found != configured) {
      settings.add("model.%s=%d (now %d)".formatted(key, found, configured));
    }
  }

  private static void requireDigest(BaseConfig.Stored base, Path file, RunContext context)
      throws IOException {
    String found = sha256(file);
    if (base.sha256() == null) {
      context.notes().accept("base.file is %s, base.sha256=%s".formatted(file, found));
    } else if (!found.equals(base.sha256())) {
      throw new UserException(
          "base.sha256: %s has %s, expected %s: name another file or leave base.sha256 out"
              .formatted(file, found, base.sha256()));
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (DigestInputStream digesting = new DigestInputStream(in, digest)) {
        digesting.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
