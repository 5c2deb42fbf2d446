package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;

/**
 * How a weight matrix arises from few trained numbers, chosen by {@code name}.
 *
 * <p>Every method has its own record, so that a setting of another method is an error. A setting
 * that may be left out is {@code null} then and takes the library's default.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(MethodConfig.Nola.class),
  @JsonSubTypes.Type(MethodConfig.Pranc.class),
  @JsonSubTypes.Type(MethodConfig.Lora.class),
  @JsonSubTypes.Type(MethodConfig.HashedNet.class),
  @JsonSubTypes.Type(MethodConfig.Dense.class),
  @JsonSubTypes.Type(MethodConfig.Frozen.class)
})
public sealed interface MethodConfig {

  /**
   * The library's method with these settings, in a network that is trained from scratch.
   *
   * @throws IllegalArgumentException if they do not go together or need a trained network
   */
  default Reparameterization toReparameterization() {
    return toReparameterization(null);
  }

  /**
   * The library's method with these settings.
   *
   * @param pretrained the weight of a trained network; {@code null} where there is none
   * @throws IllegalArgumentException if they do not go together or need a trained network
   */
  Reparameterization toReparameterization(FrozenWeight pretrained);

  /**
   * This for a convolution.
   *
   * @param size height and width of its kernel
   */
  default MethodConfig forKernel(int size) {
    return this;
  }

  /**
   * The bits that the trained numbers are rounded to in every pass, 2 to 8 (quantisation-aware
   * training, the paper's section 3.2); {@code null} if they are not.
   */
  Integer coefficientBits();

  /** As {@link #coefficientBits()}, as the library has it: 0 for none. */
  default int libraryBits() {
    return coefficientBits() == null ? 0 : coefficientBits();
  }

  /** Whether one set of trained numbers serves all weights of the network. */
  default boolean sharesCoefficients() {
    return false;
  }

  /** Whether weights arise from random bases, which layers can share. */
  default boolean hasBases() {
    return false;
  }

  /** Whether layers of one shape share their bases. */
  default boolean sharesBases() {
    return false;
  }

  /** Whose the random bases are. */
  enum Bases {
    /** Every layer has its own. */
    @JsonProperty("separate")
    SEPARATE,
    /** All layers of one shape have the same, by equal seeds. */
    @JsonProperty("shared")
    SHARED
  }

  /** The distribution of the elements of a random basis. */
  enum Law {
    /** Uniform on (-1, 1). */
    @JsonProperty("uniform")
    UNIFORM,
    /** -1 or +1. */
    @JsonProperty("sign")
    SIGN,
    /** Structured: random rotations of the coefficients by Walsh-Hadamard matrices. */
    @JsonProperty("hadamard")
    HADAMARD,
    /** Structured: each element is one coefficient with a random sign. */
    @JsonProperty("one-hot")
    ONE_HOT;

    private org.nola4j.basis.Law library() {
      return org.nola4j.basis.Law.valueOf(name());
    }
  }

  /** The factor of a basis' elements. */
  enum BasisScale {
    /** 1. */
    @JsonProperty("unit")
    UNIT,
    /** 1 / sqrt(fan-in). */
    @JsonProperty("kaiming")
    KAIMING,
    /** 1 / sqrt(number of basis vectors). */
    @JsonProperty("count")
    COUNT;

    private org.nola4j.reparameterization.BasisScale library() {
      return org.nola4j.reparameterization.BasisScale.valueOf(name());
    }
  }

  /** The part of a weight that is not trained. */
  enum W0 {
    /** There is none: the weight is what the method makes. */
    @JsonProperty("none")
    NONE,
    /** A random initialisation that the seed brings back. */
    @JsonProperty("seeded")
    SEEDED,
    /** The weight of the trained network that is adapted. */
    @JsonProperty("pretrained")
    PRETRAINED;

    private FrozenWeight library(FrozenWeight pretrained) {
      return switch (this) {
        case NONE -> FrozenWeight.none();
        case SEEDED -> FrozenWeight.seeded();
        case PRETRAINED -> {
          if (pretrained == null) {
            throw new IllegalArgumentException(
                "w0 cannot be pretrained where a network is trained from scratch");
          }
          yield pretrained;
        }
      };
    }
  }

  /**
   * W = W0 + s (sum of alpha_i A_i)(sum of beta_j B_j), with s = c / rank.
   *
   * @param rank columns of A, rows of B
   * @param k number of bases A_i
   * @param l number of bases B_j
   * @param preset which formulation gives the defaults of what follows
   * @param law distribution of the bases; may be left out
   * @param basisScale factor of the bases; may be left out
   * @param initialization coefficients before training; may be left out
   * @param gain of a random start; may be left out
   * @param c the paper's c; may be left out
   * @param w0 the part that is not trained
   * @param coefficientBits bits in every pass, 2 to 8; none if left out
   * @param bases whether layers of one shape have the same; separate if left out
   */
  @JsonTypeName("nola")
  record Nola(
      int rank,
      int k,
      int l,
      Preset preset,
      Law law,
      BasisScale basisScale,
      Initialization initialization,
      Double gain,
      Double c,
      W0 w0,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer coefficientBits,
      @JsonInclude(JsonInclude.Include.NON_NULL) Bases bases)
      implements MethodConfig {

    /** Sets of defaults. */
    public enum Preset {
      /** Bases U(-1, 1); starts at W0 with beta = 0, without W0 from a random network. */
      @JsonProperty("scratch")
      SCRATCH,
      /** The paper's time, October 2023: U(-1, 1) / sqrt(elements), alpha = 1/k, beta = 1/l. */
      @JsonProperty("paper")
      PAPER,
      /** The rewrite of April 2024: U(-1, 1) / sqrt(k), zero coefficients, anchor A0. */
      @JsonProperty("rewrite")
      REWRITE
    }

    /** The coefficients before training. */
    public enum Initialization {
      /** alpha = 1/k, beta = 1/l. */
      @JsonProperty("equal")
      EQUAL,
      /** All 0: for the preset "rewrite" only, which has an anchor. */
      @JsonProperty("zero")
      ZERO,
      /** alpha random, beta = 0: starts at W0. */
      @JsonProperty("zero-beta")
      ZERO_BETA,
      /** Both random, so that the method's part has the usual variance of a weight. */
      @JsonProperty("normal")
      NORMAL
    }

    /** Checks the ranges. */
    public Nola {
      Require.atLeast("rank", 1, rank);
      Require.atLeast("k", 1, k);
      Require.atLeast("l", 1, l);
      Require.present("preset", preset);
      Require.positive("gain", gain);
      Require.positive("c", c);
      Require.present("w0", w0);
      Require.bits("coefficientBits", coefficientBits);
    }

    @Override
    public boolean hasBases() {
      return true;
    }

    @Override
    public boolean sharesBases() {
      return bases == Bases.SHARED;
    }

    @Override
    public Reparameterization toReparameterization(FrozenWeight pretrained) {
      var nola = defaults(pretrained);
      if (law != null) {
        nola = nola.withLaw(law.library());
      }
      if (basisScale != null) {
        nola = nola.withBasisScale(basisScale.library());
      }
      if (initialization != null) {
        nola =
            nola.withInitialization(
                org.nola4j.reparameterization.Nola.Initialization.valueOf(initialization.name()));
      }
      if (gain != null) {
        nola = nola.withGain(gain);
      }
      return c == null ? nola : nola.withC(c);
    }

    private org.nola4j.reparameterization.Nola defaults(FrozenWeight pretrained) {
      FrozenWeight frozen = w0.library(pretrained);
      return switch (preset) {
        case PAPER -> org.nola4j.reparameterization.Nola.paper(rank, k, l).withW0(frozen);
        case REWRITE -> org.nola4j.reparameterization.Nola.rewrite(rank, k, l).withW0(frozen);
        case SCRATCH ->
            w0 == W0.NONE
                ? org.nola4j.reparameterization.Nola.scratch(rank, k, l)
                : org.nola4j.reparameterization.Nola.on(frozen, rank, k, l);
      };
    }
  }

  /**
   * W = W0 + sum of alpha_i P_i.
   *
   * @param k number of bases P_i
   * @param law distribution of the bases; uniform if left out
   * @param basisScale factor of the bases; 1 / sqrt(fan-in) if left out
   * @param initialization coefficients before training; if left out (1, 0, 0, ...) without W0 and 0
   *     on it
   * @param gain of a random start; 1 if left out
   * @param w0 the part that is not trained
   * @param shared one vector alpha for the whole network in place of one a weight; false if left
   *     out
   * @param coefficientBits bits in every pass, 2 to 8; none if left out
   * @param bases whether layers of one shape have the same; separate if left out
   */
  @JsonTypeName("pranc")
  record Pranc(
      int k,
      Law law,
      BasisScale basisScale,
      Initialization initialization,
      Double gain,
      W0 w0,
      @JsonInclude(JsonInclude.Include.NON_NULL) Boolean shared,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer coefficientBits,
      @JsonInclude(JsonInclude.Include.NON_NULL) Bases bases)
      implements MethodConfig {

    /** The coefficients before training. */
    public enum Initialization {
      /** The first one 1, the others 0: the network that the first basis vector is. */
      @JsonProperty("first")
      FIRST,
      /** All 0: starts at W0. */
      @JsonProperty("zero")
      ZERO,
      /** Random, so that the method's part has the usual variance of a weight. */
      @JsonProperty("normal")
      NORMAL
    }

    /** Checks the ranges. */
    public Pranc {
      Require.atLeast("k", 1, k);
      Require.positive("gain", gain);
      Require.present("w0", w0);
      Require.bits("coefficientBits", coefficientBits);
      if (shared != null && shared && bases == Bases.SHARED) {
        throw new IllegalArgumentException(
            "bases cannot be shared where shared is true: with the same coefficients too, all"
                + " weights of one shape would be the same");
      }
    }

    @Override
    public boolean hasBases() {
      return true;
    }

    @Override
    public boolean sharesBases() {
      return bases == Bases.SHARED;
    }

    @Override
    public boolean sharesCoefficients() {
      return shared != null && shared;
    }

    @Override
    public Reparameterization toReparameterization(FrozenWeight pretrained) {
      var start =
          initialization != null
              ? initialization
              : w0 == W0.NONE ? Initialization.FIRST : Initialization.ZERO;
      return new org.nola4j.reparameterization.Pranc(
          k,
          (law == null ? Law.UNIFORM : law).library(),
          (basisScale == null ? BasisScale.KAIMING : basisScale).library(),
          org.nola4j.reparameterization.Pranc.Initialization.valueOf(start.name()),
          gain == null ? 1 : gain,
          w0.library(pretrained));
    }
  }

  /**
   * W = W0 + s A B with A and B trained, s = c / rank.
   *
   * @param rank columns of A, rows of B
   * @param rankTimesKernel whether the rank of a convolution is this one times its kernel's size,
   *     as in loralib; false if left out
   * @param c LoRA's alpha; the rank if left out, so that s = 1
   * @param gain of the random start without W0; 1 if left out
   * @param w0 the part that is not trained
   * @param coefficientBits bits in every pass, 2 to 8; none if left out
   */
  @JsonTypeName("lora")
  record Lora(
      int rank,
      @JsonInclude(JsonInclude.Include.NON_NULL) Boolean rankTimesKernel,
      Double c,
      Double gain,
      W0 w0,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer coefficientBits)
      implements MethodConfig {
    /** Checks the ranges. */
    public Lora {
      Require.atLeast("rank", 1, rank);
      Require.positive("c", c);
      Require.positive("gain", gain);
      Require.present("w0", w0);
      Require.bits("coefficientBits", coefficientBits);
    }

    /** The scale s stays c / rank with the rank that was given. */
    @Override
    public MethodConfig forKernel(int size) {
      return rankTimesKernel != null && rankTimesKernel
          ? new Lora(rank * size, null, c == null ? null : c * size, gain, w0, coefficientBits)
          : this;
    }

    @Override
    public Reparameterization toReparameterization(FrozenWeight pretrained) {
      return new org.nola4j.reparameterization.Lora(
          rank, c == null ? rank : c, gain == null ? 1 : gain, w0.library(pretrained));
    }
  }

  /**
   * W_e = W0_e + sign(e) w[bucket(e)].
   *
   * @param buckets trained numbers a weight
   * @param balanced equal buckets without signs in place of hashed ones with signs; false if left
   *     out
   * @param gain of the random start without W0; 1 if left out
   * @param w0 the part that is not trained
   * @param coefficientBits bits in every pass, 2 to 8; none if left out
   */
  @JsonTypeName("hashednet")
  record HashedNet(
      int buckets,
      Boolean balanced,
      Double gain,
      W0 w0,
      @JsonInclude(JsonInclude.Include.NON_NULL) Integer coefficientBits)
      implements MethodConfig {
    /** Checks the ranges. */
    public HashedNet {
      Require.atLeast("buckets", 1, buckets);
      Require.positive("gain", gain);
      Require.present("w0", w0);
      Require.bits("coefficientBits", coefficientBits);
    }

    @Override
    public Reparameterization toReparameterization(FrozenWeight pretrained) {
      return new org.nola4j.reparameterization.HashedNet(
          buckets, balanced != null && balanced, gain == null ? 1 : gain, w0.library(pretrained));
    }
  }

  /**
   * W itself is trained.
   *
   * @param coefficientBits bits in every pass, 2 to 8; none if left out
   */
  @JsonTypeName("dense")
  record Dense(@JsonInclude(JsonInclude.Include.NON_NULL) Integer coefficientBits)
      implements MethodConfig {
    /** Checks the range. */
    public Dense {
      Require.bits("coefficientBits", coefficientBits);
    }

    @Override
    public Reparameterization toReparameterization(FrozenWeight pretrained) {
      return new org.nola4j.reparameterization.Dense();
    }
  }

  /** Nothing is trained: the weight stays that of the trained network. */
  @JsonTypeName("frozen")
  record Frozen() implements MethodConfig {
    @Override
    @JsonIgnore
    public Integer coefficientBits() {
      return null;
    }

    @Override
    public Reparameterization toReparameterization(FrozenWeight pretrained) {
      throw new IllegalArgumentException(
          "a weight can be frozen only where a trained network is adapted");
    }
  }
}
