// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.regex.Pattern;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonIgnoreProperties;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.annotation.JsonSubTypes;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;
import org.nola4j.basis.Basis;
import org.nola4j.basis.BasisKernels;
import org.nola4j.basis.Distribution;
import org.nola4j.quantization.CompactMatrix;

/**
 * W0, the part of a weight that is never trained. A run's result depends on which of the three
 * kinds it used, so it is always explicit.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = FrozenWeight.None.class, name = "none"),
  @JsonSubTypes.Type(value = FrozenWeight.Seeded.class, name = "seeded"),
  @JsonSubTypes.Type(value = FrozenWeight.Given.class, name = "given")
})
@JsonIgnoreProperties(ignoreUnknown = true)
public sealed interface FrozenWeight extends Serializable {
  /** No W0: the trained part is the whole weight. */
  static FrozenWeight none() {
    return new None();
  }

  /** A random W0 in PyTorch's default distribution for a linear layer, U(-1, 1) / sqrt(fanIn). */
  static FrozenWeight seeded() {
    return new Seeded(1);
  }

  /** A random W0, U(-1, 1) * gain / sqrt(fanIn); sqrt(6) gives He's initialization. */
  static FrozenWeight seeded(double gain) {
    return new Seeded(gain);
  }

  /**
   * A pretrained W0 with these elements, row-major in the weight's matrix view. They are kept in
   * memory for as long as a layer uses them and are named in JSON by their SHA-256.
   */
  static FrozenWeight given(float[] values) {
    return new Given(GivenWeights.keep(values), null);
  }

  /**
   * As {@link #given(float[])}; {@code source} tells users who load the model where the values came
   * from.
   */
  static FrozenWeight given(float[] values, String source) {
    return new Given(GivenWeights.keep(values), source);
  }

  /** As {@link #given(float[], String)}, of the elements from a buffer's position to its limit. */
  static Given given(FloatBuffer values, String source) {
    return new Given(GivenWeights.keep(values), source);
  }

  /**
   * A pretrained W0 that is rounded to fewer bits ({@link CompactMatrix}).
   *
   * @param values row-major, from the buffer's position to its limit
   * @param bits 8 for integers with one scale per column, 16 for bfloat16
   * @param source tells users who load the model where the values came from; may be null
   */
  static Given compact(FloatBuffer values, WeightShape shape, int bits, String source) {
    return new Given(GivenWeights.keepCompact(values, shape, bits), source, bits);
  }

  /** W0 in row-major order, or null for none. */
  float[] materialize(WeightShape shape, long seed);

  /**
   * Fails where {@link #materialize} would, at no cost.
   *
   * @throws IllegalStateException if a given W0 is not in memory
   */
  default void check(WeightShape shape) {}

  /** There is no W0. */
  record None() implements FrozenWeight {
    @Override
    public float[] materialize(WeightShape shape, long seed) {
      return null;
    }
  }

  /**
   * W0 comes from the layer's seed.
   *
   * @param gain the elements are uniform in (-1, 1) times gain / sqrt(fanIn)
   */
  record Seeded(@JsonProperty("gain") double gain) implements FrozenWeight {
    /** Checks the gain. */
    public Seeded {
      Arguments.positive("seeded W0", "gain", gain);
    }

    @Override
    public float[] materialize(WeightShape shape, long seed) {
      float bound = (float) (gain / Math.sqrt(shape.fanIn()));
      Basis basis = new Basis(seed, Distribution.UNIFORM, bound, 1, shape.elements());
      return BasisKernels.active().vector(basis, 0);
    }
  }

  /**
   * W0 was given.
   *
   * @param sha256 of the elements as little-endian float32, in hexadecimal
   * @param source where they came from, for error messages; may be null
   * @param bits 8 where they are kept as integers, 16 as bfloat16, 0 as float32
   */
  record Given(
      @JsonProperty("sha256") String sha256,
      @JsonProperty("source") String source,
      @JsonProperty("bits") @JsonInclude(JsonInclude.Include.NON_DEFAULT) int bits)
      implements FrozenWeight {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Longer than any path. */
    private static final int LONGEST_SOURCE = 4096;

    /** Checks the digest's form and the source's length. */
    public Given {
      if (sha256 == null || !SHA256.matcher(sha256).matches()) {
        throw new IllegalArgumentException(
            "given W0: sha256 must be 64 hexadecimal digits, but is " + sha256);
      }
      if (source != null && source.length() > LONGEST_SOURCE) {
        throw new IllegalArgumentException(
            "given W0: source must have at most %d characters, but has %d"
                .formatted(LONGEST_SOURCE, source.length()));
      }
      if (bits != 0) {
        CompactMatrix.requireBits("given W0: bits", bits);
      }
    }

    /** Kept as float32. */
    public Given(String sha256, String source) {
      this(sha256, source, 0);
    }

    /** Whether the elements are kept in fewer bits than float32 has. */
    @JsonIgnore
    public boolean isCompact() {
      return bits > 0;
    }

    @Override
    public float[] materialize(WeightShape shape, long seed) {
      if (isCompact()) {
        return compact(shape).values();
      }
      float[] copy = new float[shape.elements()];
      elements(shape).get(copy);
      return copy;
    }

    @Override
    public void check(WeightShape shape) {
      if (isCompact()) {
        compact(shape);
      } else {
        elements(shape);
      }
    }

    /**
     * The elements of a W0 that {@link #isCompact()}, shared by all equal weights.
     *
     * @throws IllegalStateException if they are not in memory
     */
    public CompactMatrix compact(WeightShape shape) {
      return GivenWeights.findCompact(sha256, shape, bits, source);
    }

    /**
     * The elements of a W0 that is kept as float32, in row-major order, read-only and shared by all
     * equal weights.
     *
     * @throws IllegalStateException if they are not in memory
     */
    public FloatBuffer elements(WeightShape shape) {
      FloatBuffer values = GivenWeights.find(sha256, source);
      if (values.remaining() != shape.elements()) {
        throw new IllegalArgumentException(
            "the given W0 has "
                + values.remaining()
                + " elements, but the weight is "
                + shape
                + " = "
                + shape.elements());
      }
      return values;
    }
  }
}
