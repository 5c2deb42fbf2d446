// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.tasks;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.BaseConfig;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.network.DataSets;
import org.nola4j.experiments.network.ExampleShape;
import org.nola4j.experiments.network.Network;
import org.nola4j.experiments.spi.RunContext;
import org.nola4j.experiments.text.PretrainedDecoder;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.text.TextTokenizer;

/**
 * A pretrained language model that is adapted.
 *
 * @param <C> the open files of such a model
 */
abstract class LanguageModelExperiment<C extends Closeable> extends TransformerExperiment {
  private static final String TOKENIZER = "base.tokenizer";

  /** Uses open files. */
  @FunctionalInterface
  interface Use<C, T> {
    T of(C checkpoint, Path path) throws IOException;
  }

  @Override
  public final ExampleShape shape() {
    return ExampleShape.flat(1, 1);
  }

  @Override
  protected final boolean adaptsBase() {
    return true;
  }

  /** The network of the files; plans do not need it. */
  @Override
  protected final Network build(ExperimentConfig config, ExampleShape shape) {
    return build(config, shape, RunContext.USUAL);
  }

  /** Opens the model's files. */
  abstract C open(Path path) throws IOException;

  /** Of the model's weights. */
  abstract String sha256(C checkpoint) throws IOException;

  /** What base.file is set to, for messages. */
  abstract String files();

  static BaseConfig.Stored base(ExperimentConfig config) {
    return config.base().as(BaseConfig.Stored.class);
  }

  /** With the file's digest; as it is where the file is not there, which a run then says. */
  @Override
  public final ExperimentConfig identified(ExperimentConfig config, RunContext context) {
    if (base(config).sha256() != null) {
      return config;
    }
    try {
      String sha256 = open(config, context, (checkpoint, path) -> sha256(checkpoint));
      return config.withBase(base(config).withSha256(sha256));
    } catch (UserException notThere) {
      return config;
    }
  }

  /**
   * Opens the files of a configuration, uses and closes them.
   *
   * @throws UserException if they are not there, damaged, or of another model
   */
  final <T> T open(ExperimentConfig config, RunContext context, Use<C, T> use) {
    Path path = find(config, context);
    try (C checkpoint = opened(path)) {
      return use.of(checkpoint, path);
    } catch (FileFormatException | CheckpointMismatchException e) {
      throw new UserException("base.file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private C opened(Path path) throws IOException {
    try {
      return open(path);
    } catch (NoSuchFileException e) {
      throw new UserException("base.file: there is no " + e.getFile(), e);
    }
  }

  private Path find(ExperimentConfig config, RunContext context) {
    String file = base(config).file();
    if (file == null) {
      throw new UserException("base.file is missing: set it to " + files());
    }
    return find("base.file", file, context);
  }

  private static Path find(String setting, String file, RunContext context) {
    Path path = Path.of(file);
    if (Files.exists(path)) {
      return path;
    }
    try {
      return DataSets.read(context, source -> source.file(file));
    } catch (UserException e) {
      throw new UserException(setting + ": " + e.getMessage(), e);
    }
  }

  /** The tokenizer of a model. */
  static TextTokenizer tokenizer(ExperimentConfig config, Path model, RunContext context)
      throws IOException {
    String tokenizer = base(config).tokenizer();
    return PretrainedDecoder.tokenizer(
        model, tokenizer == null ? null : find(TOKENIZER, tokenizer, context), TOKENIZER);
  }

  /**
   * Fails for files of another digest than a configuration has.
   *
   * @throws UserException naming both
   */
  final void requireDigest(ExperimentConfig config, C checkpoint, Path path) throws IOException {
    String expected = base(config).sha256();
    if (expected != null && !expected.equals(sha256(checkpoint))) {
      throw new UserException(
          "base.sha256: %s has %s, expected %s: use another file or remove base.sha256"
              .formatted(path, sha256(checkpoint), expected));
    }
  }
}
