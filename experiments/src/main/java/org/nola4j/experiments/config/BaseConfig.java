// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Locale;
import java.util.regex.Pattern;
import org.nola4j.experiments.common.UserException;

/**
 * Where the network comes from that an experiment adapts, chosen by {@code kind}; without it the
 * application trains it, which was there first.
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
   * This, if it is of the kind that an experiment adapts.
   *
   * @throws UserException if it is of another one
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
   * A network that is trained here.
   *
   * @param seed decides its initial values and the order of the examples
   * @param dataset what it learned
   * @param training how
   */
  record Trained(long seed, DatasetConfig dataset, TrainingConfig training) implements BaseConfig {

    /** Checks that every part is there. */
    public Trained {
      ConfigChecks.present("dataset", dataset);
      ConfigChecks.present("training", training);
    }
  }

  /**
   * A network that was trained elsewhere.
   *
   * @param kind that it is one
   * @param file with all of its weights: absolute, or seen from the working directory or a folder
   *     of data sets; {@code null} in a configuration that only a run completes
   * @param sha256 of the file, which is refused if it has another one; {@code null} for any, until
   *     a run completes it
   */
  record Stored(Kind kind, String file, @JsonInclude(JsonInclude.Include.NON_NULL) String sha256)
      implements BaseConfig {
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    /** That it is one. */
    public enum Kind {
      /** From a file. */
      @JsonProperty("file")
      FILE
    }

    /** Checks the digest's form. */
    public Stored {
      ConfigChecks.present("kind", kind);
      sha256 = sha256 == null ? null : sha256.toLowerCase(Locale.ROOT);
      if (sha256 != null && !SHA_256.matcher(sha256).matches()) {
        throw new IllegalArgumentException("sha256 must be 64 hexadecimal digits, was " + sha256);
      }
    }
  }
}
