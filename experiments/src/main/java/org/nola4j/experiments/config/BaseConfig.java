// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.nola4j.experiments.common.UserException;
import org.nola4j.quantization.CompactMatrix;

/**
 * The source of the network that an experiment adapts, chosen by {@code kind}. Without a kind, the
 * application trains the network; older configurations have none.
 */
@JsonTypeInfo(
    use = JsonTypeInfo.Id.NAME,
    include = JsonTypeInfo.As.EXISTING_PROPERTY,
    property = "kind",
    visible = true,
    defaultImpl = BaseConfig.Trained.class)
@JsonSubTypes({
  @JsonSubTypes.Type(
      value = BaseConfig.Stored.class,
      names = {"file"})
})
public sealed interface BaseConfig {
  /**
   * Casts this to the kind that an experiment adapts.
   *
   * @throws UserException if it is of another kind
   */
  default <T extends BaseConfig> T as(Class<T> wanted) {
    if (!wanted.isInstance(this)) {
      throw new UserException(
          "base: this experiment adapts %s"
              .formatted(
                  wanted == Stored.class
                      ? "a network from a file: set base.file"
                      : "a network that it trains itself: set base.dataset and base.training"));
    }
    return wanted.cast(this);
  }

  /**
   * A network trained by this application.
   *
   * @param seed seed of its initial values and of the order of the examples
   * @param dataset the data it is trained on
   * @param training how it is trained
   */
  record Trained(long seed, DatasetConfig dataset, TrainingConfig training) implements BaseConfig {

    /** Checks that no part is missing. */
    public Trained {
      ConfigChecks.present("dataset", dataset);
      ConfigChecks.present("training", training);
      ConfigChecks.atLeast("training.epochs", 1, training.epochs());
    }
  }

  /**
   * A network from a file.
   *
   * @param kind always {@code file}
   * @param file file with all its weights: absolute, or relative to the working directory or a data
   *     set folder; {@code null} in a configuration to be completed later
   * @param sha256 expected SHA-256 of the file; {@code null} accepts any until a run records it
   * @param tokenizer of a language model: a file or folder, found as {@code file} is; {@code null}
   *     for the folder of the file
   * @param bits of a transformer's frozen weights: 8 for integers, 16 for bfloat16; {@code null}
   *     for float32
   */
  record Stored(
      Kind kind,
      String file,
      @JsonInclude(JsonInclude.Include.NON_NULL) String sha256,
      @JsonInclude(JsonInclude.Include.NON_NULL) String tokenizer,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer bits)
      implements BaseConfig {
    /** The only kind. */
    public enum Kind {
      /** From a file. */
      @JsonProperty("file")
      FILE
    }

    /** Checks the format of the digest, and the bits. */
    public Stored {
      ConfigChecks.present("kind", kind);
      sha256 = ConfigChecks.sha256("sha256", sha256);
      if (bits != null) {
        CompactMatrix.requireBits("bits", bits);
      }
    }

    /** The same with the file's digest. */
    public Stored withSha256(String digest) {
      return new Stored(kind, file, digest, tokenizer, bits);
    }

    /** The bits as the library counts them: 0 for float32. */
    public int frozenBits() {
      return bits == null ? 0 : bits;
    }
  }
}
