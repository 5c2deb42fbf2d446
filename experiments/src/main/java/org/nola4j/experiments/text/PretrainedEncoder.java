// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.DataSource;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.BertEncoder.Pooling;
import org.nola4j.models.checkpoint.BertCheckpoint;
import org.nola4j.models.checkpoint.CheckpointMismatchException;
import org.nola4j.models.text.TextTokenizer;

/**
 * A pretrained text encoder: one that Maven fetches, by its name, or a file, with a {@code
 * tokenizer.json} beside it.
 */
public final class PretrainedEncoder implements Closeable {
  private static final String TOKENIZER = "tokenizer.json";
  private static final String POOLING = "1_Pooling/config.json";
  private static final String MODE = "pooling_mode_";
  private static final Map<String, Pooling> MODES =
      Map.of("mean_tokens", Pooling.MEAN, "cls_token", Pooling.FIRST);

  /** Encoders that langchain4j publishes on Maven Central, by the names that users call them. */
  private static final Map<String, Published> PUBLISHED =
      new TreeMap<>(
          Map.of(
              "minilm",
              new Published("all-minilm-l6-v2", "all-minilm-l6-v2", 6, Pooling.MEAN),
              "bge-small",
              new Published("bge-small-en-v15", "bge-small-en-v1.5", 12, Pooling.FIRST)));

  private final String name;
  private final Path file;
  private final Published published;
  private final BertCheckpoint checkpoint;
  private String sha256;

  /**
   * An encoder on Maven Central.
   *
   * @param artifact the end of its artifact's name
   * @param files how the names of its files begin
   * @param blocks of width 384
   */
  private record Published(String artifact, String files, int blocks, Pooling pooling) {
    String model() {
      return files + ".onnx";
    }

    String tokenizer() {
      return files + "-" + TOKENIZER;
    }

    boolean isPresent() {
      return BertCheckpoint.class.getClassLoader().getResource(model()) != null;
    }
  }

  private PretrainedEncoder(String name, Path file, BertCheckpoint checkpoint) {
    this.name = name;
    this.file = file;
    this.published = PUBLISHED.get(name);
    this.checkpoint = checkpoint;
  }

  /**
   * Opens an encoder.
   *
   * @param name {@code minilm}, {@code bge-small}, or a file, .onnx or .safetensors
   * @param source where files are found
   * @throws UserException if it is not there, or is no encoder
   */
  public static PretrainedEncoder open(String name, DataSource source) {
    Published published = PUBLISHED.get(name);
    if (published != null && !published.isPresent()) {
      throw new UserException(
          ("base: the encoder %1$s is not on the class path: NOLA_BUILD_OPTS=-P%1$s ./nola"
                  + " ... fetches it; in your own project it is"
                  + " dev.langchain4j:langchain4j-embeddings-%2$s")
              .formatted(name, published.artifact()));
    }
    try {
      if (published != null) {
        return new PretrainedEncoder(name, null, BertCheckpoint.ofResource(published.model()));
      }
      Path file = source.file(name);
      return new PretrainedEncoder(name, file, BertCheckpoint.open(file));
    } catch (DataSetException e) {
      throw new UserException(
          "base: %s; or name one of %s"
              .formatted(e.getMessage(), String.join(", ", PUBLISHED.keySet())),
          e);
    } catch (FileFormatException | CheckpointMismatchException e) {
      throw new UserException("base: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A builder of the encoder, for which one on Maven Central need not be there.
   *
   * @param name as in {@link #open}
   */
  public static BertEncoder.Builder sizes(String name, DataSource source) {
    Published published = PUBLISHED.get(name);
    if (published != null) {
      return BertEncoder.builder().blocks(published.blocks());
    }
    try (PretrainedEncoder encoder = open(name, source)) {
      return encoder.model();
    }
  }

  /**
   * As {@link #pooling()}, of an encoder as in {@link #sizes}.
   *
   * @param name as in {@link #open}
   */
  public static Pooling pooling(String name, DataSource source) {
    if (PUBLISHED.containsKey(name)) {
      return usualPooling(name);
    }
    try (PretrainedEncoder encoder = open(name, source)) {
      return encoder.pooling();
    }
  }

  /** What the user called it. */
  public String name() {
    return name;
  }

  /** SHA-256 of the file with the weights, which is read for it once. */
  public String sha256() {
    try {
      sha256 = sha256 == null ? checkpoint.sha256() : sha256;
      return sha256;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks that it is the encoder that somebody means.
   *
   * @param expected a SHA-256; {@code null} for any
   * @param whose who says so, for the message
   */
  public void requireDigest(String expected, String whose) {
    if (expected != null && !expected.equals(sha256())) {
      throw new UserException(
          "%s: the base has sha256 %s, but %s has %s: name another base"
              .formatted(whose, expected, name, sha256()));
    }
  }

  /** How an encoder pools tokens if no file says it: the mean, for one that is not published. */
  public static Pooling usualPooling(String name) {
    return PUBLISHED.containsKey(name) ? PUBLISHED.get(name).pooling() : Pooling.MEAN;
  }

  /**
   * How tokens are pooled: as sentence-transformers' {@value #POOLING} beside a file says, or else
   * as usual.
   *
   * @throws UserException if it says something else than the mean or the first token
   */
  public Pooling pooling() {
    Path says = file == null ? null : file.resolveSibling(POOLING);
    if (says == null || !Files.exists(says)) {
      return usualPooling(name);
    }
    try {
      JsonNode config = Json.parse(Json.read(says));
      List<String> modes =
          config.properties().stream()
              .filter(mode -> mode.getKey().startsWith(MODE) && mode.getValue().asBoolean())
              .map(mode -> mode.getKey().substring(MODE.length()))
              .toList();
      if (modes.size() != 1 || !MODES.containsKey(modes.get(0))) {
        throw new UserException(
            "base: %s: expected %smean_tokens or %scls_token alone to be true, found %s"
                .formatted(says, MODE, MODE, modes));
      }
      return MODES.get(modes.get(0));
    } catch (IOException e) {
      throw new UserException("base: %s: %s".formatted(says, e.getMessage()), e);
    }
  }

  /** A builder of the encoder, with its {@link #pooling()}. */
  public BertEncoder.Builder model() {
    return model(pooling());
  }

  /** A builder of the encoder. */
  public BertEncoder.Builder model(Pooling pooling) {
    try {
      BertEncoder.Builder model = checkpoint.model().pooling(pooling);
      model.build(); // for its checks
      return model;
    } catch (CheckpointMismatchException e) {
      throw new UserException("base: " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw new UserException(
          "base: %s does not say its number of heads: safetensors need the model's config.json beside them"
              .formatted(file),
          e);
    }
  }

  /** Puts the encoder's weights into a network of {@link #model}. */
  public ComputationGraph read(ComputationGraph network) {
    try {
      checkpoint.readInto(network);
      return network;
    } catch (FileFormatException | CheckpointMismatchException e) {
      throw new UserException("base: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The encoder's tokenizer.
   *
   * @param maxTokens where texts are cut off
   */
  public TextTokenizer tokenizer(int maxTokens) {
    if (maxTokens > checkpoint.dimensions().maxPositions()) {
      throw new UserException(
          "model.maxTokens must be at most the %d positions of %s, was %d"
              .formatted(checkpoint.dimensions().maxPositions(), name, maxTokens));
    }
    try {
      return published != null
          ? TextTokenizer.ofResource(published.tokenizer(), maxTokens)
          : TextTokenizer.open(file.resolveSibling(TOKENIZER), maxTokens);
    } catch (FileFormatException e) {
      throw new UserException("base: " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new UserException(
          "base: there is no tokenizer beside the weights: put %s there".formatted(e.getFile()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks that the model has an embedding for what the tokenizer found.
   *
   * @param token the largest ID
   * @throws UserException if it is of another vocabulary
   */
  public void requireKnown(int token) {
    int words = checkpoint.dimensions().vocabularySize();
    if (token >= words) {
      throw new UserException(
          "base: %s has %d words, but its tokenizer gives token %d: put the model's own %s there"
              .formatted(name, words, token, TOKENIZER));
    }
  }

  @Override
  public void close() {
    try {
      checkpoint.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
