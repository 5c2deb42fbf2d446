// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.JsonErrors;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * How a weight matrix arises from few trained numbers.
 *
 * <p>{@code method} names one of the library's methods or of those that are registered there; its
 * settings are the components of that method's record, by their names. {@code w0} is {@code none},
 * {@code seeded} or {@code pretrained}. Beside them are {@link Options}, which are not the weight's
 * affair.
 */
public final class MethodConfig {
  /** Stands for the trained network's weight, as long as there is none; told by its source. */
  static final FrozenWeight PRETRAINED =
      new FrozenWeight.Given("0".repeat(64), "the network that is adapted");

  /** No rank of interest is larger; nothing of this size is ever made. */
  private static final WeightShape LARGE = new WeightShape(1 << 14, 1 << 14, 1 << 14);

  private final ObjectNode settings;
  private final Reparameterization method;
  private final Options options;

  /**
   * Settings of a network that is trained, whatever its method.
   *
   * @param shared one set of trained numbers for all weights of the network in place of one a
   *     weight; false if left out
   * @param rankTimesKernel whether the rank of a convolution is the method's times the kernel's
   *     size, as in loralib; false if left out
   * @param coefficientBits the bits that the trained numbers are rounded to in every pass, 2 to 8
   *     (quantization-aware training, the paper's section 3.2); not rounded if left out
   * @param bases whether layers of one shape share their random bases; separate if left out
   */
  record Options(Boolean shared, Boolean rankTimesKernel, Integer coefficientBits, Bases bases) {
    Options {
      Require.bits("coefficientBits", coefficientBits);
      if (Boolean.TRUE.equals(shared) && bases == Bases.SHARED) {
        throw new IllegalArgumentException(
            "bases cannot be shared where shared is true: with the same coefficients too, all"
                + " weights of one shape would be the same");
      }
    }
  }

  /** Whether layers share their random bases. */
  enum Bases {
    /** Every layer has its own. */
    @JsonProperty("separate")
    SEPARATE,
    /** All layers of one shape have the same, by equal seeds. */
    @JsonProperty("shared")
    SHARED
  }

  private MethodConfig(ObjectNode settings, Reparameterization method, Options options) {
    this.settings = settings;
    this.method = method;
    this.options = options;
  }

  /**
   * What the JSON says.
   *
   * @throws IllegalArgumentException naming the setting, if one is unknown, missing or wrong
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static MethodConfig of(ObjectNode json) {
    ObjectNode settings = MethodKeys.canonical(json);
    settings.properties().removeIf(entry -> entry.getValue().isNull());
    try {
      ObjectNode fields = settings.deepCopy().without(MethodKeys.OPTIONS.keySet());
      ObjectNode others = settings.deepCopy().retain(MethodKeys.OPTIONS.keySet());
      Options options = Json.STRICT.treeToValue(others, Options.class);
      MethodConfig config = new MethodConfig(settings, MethodKeys.bind(fields), options);
      if (options.bases() != null && !config.hasBases()) {
        throw new IllegalArgumentException(
            "bases cannot be set: %s has no random bases".formatted(config.method.method()));
      }
      return config;
    } catch (JsonProcessingException e) {
      String message = JsonErrors.mapping(e, settings);
      String prefix = settings.path(MethodKeys.METHOD).asText() + ": "; // the library says whose
      throw new IllegalArgumentException(
          message.startsWith(prefix) ? message.substring(prefix.length()) : message, e);
    }
  }

  /** A method with no other settings than its name. */
  public static MethodConfig named(String method) {
    return of(Json.STRICT.createObjectNode().put(MethodKeys.METHOD, method));
  }

  /** The settings that were given, by their present names. */
  @JsonValue
  public ObjectNode json() {
    return settings.deepCopy();
  }

  /** Whether the method is this one. */
  public boolean is(Class<? extends Reparameterization> type) {
    return type.isInstance(method);
  }

  /**
   * The library's method with these settings, in a network that is trained from scratch.
   *
   * @throws IllegalArgumentException if it needs a trained network
   */
  public Reparameterization toReparameterization() {
    return toReparameterization(null);
  }

  /**
   * The library's method with these settings.
   *
   * @param pretrained the weight of a trained network; {@code null} where there is none
   * @throws IllegalArgumentException if it needs a trained network and there is none
   */
  public Reparameterization toReparameterization(FrozenWeight pretrained) {
    if (!PRETRAINED.equals(method.w0())) {
      return method;
    }
    if (pretrained == null) {
      throw new IllegalArgumentException(
          "w0 cannot be pretrained where a network is trained from scratch");
    }
    return method.withW0(pretrained);
  }

  /**
   * This for a convolution; the scale c / rank stays that of the rank that was given.
   *
   * @param size height and width of its kernel
   */
  public MethodConfig forKernel(int size) {
    if (!Boolean.TRUE.equals(options.rankTimesKernel())) {
      return this;
    }
    ObjectNode fitted = json();
    fitted.remove("rankTimesKernel");
    fitted.put("rank", fitted.path("rank").asInt() * size);
    if (settings.has("c")) {
      fitted.put("c", settings.get("c").asDouble() * size);
    }
    return of(fitted);
  }

  /** See {@link Options}; null if they are not rounded. */
  public Integer coefficientBits() {
    return options.coefficientBits();
  }

  /** As {@link #coefficientBits()}, as the library has it: 0 for none. */
  public int libraryBits() {
    return coefficientBits() == null ? 0 : coefficientBits();
  }

  /** Whether one set of trained numbers serves all weights of the network. */
  public boolean sharesCoefficients() {
    return Boolean.TRUE.equals(options.shared());
  }

  /** Whether weights arise from random bases, which layers can share. */
  public boolean hasBases() {
    return method.factorize(LARGE, 0).generatedElements() > 0;
  }

  /** Whether layers of one shape share their bases. */
  public boolean sharesBases() {
    return options.bases() == Bases.SHARED;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MethodConfig that && settings.equals(that.settings);
  }

  @Override
  public int hashCode() {
    return settings.hashCode();
  }

  @Override
  public String toString() {
    return settings.toString();
  }
}
