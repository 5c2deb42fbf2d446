// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.JsonErrors;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * The method that computes weights from trained numbers.
 *
 * <p>{@code method} names a built-in or registered method of the library; its settings are the
 * components of that method's record, by name. {@code w0} is {@code none}, {@code seeded} or {@code
 * pretrained}. {@link MethodOptions} come in addition and do not concern a single weight.
 */
public final class MethodConfig {
  /** No rank of interest is larger; nothing of this size is ever allocated. */
  private static final WeightShape LARGE = new WeightShape(1 << 14, 1 << 14, 1 << 14);

  private final ObjectNode settings;
  private final Reparameterization method;
  private final MethodOptions options;

  private MethodConfig(ObjectNode settings, Reparameterization method, MethodOptions options) {
    this.settings = settings;
    this.method = method;
    this.options = options;
  }

  /**
   * Reads the settings from JSON.
   *
   * @throws IllegalArgumentException naming the setting, if one is unknown, missing, or wrong
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static MethodConfig of(ObjectNode json) {
    ObjectNode settings = MethodKeys.canonical(json);
    settings.properties().removeIf(entry -> entry.getValue().isNull());
    try {
      ObjectNode fields = settings.deepCopy().without(MethodKeys.OPTIONS.keySet());
      ObjectNode others = settings.deepCopy().retain(MethodKeys.OPTIONS.keySet());
      MethodOptions options = Json.STRICT.treeToValue(others, MethodOptions.class);
      MethodConfig config = new MethodConfig(settings, MethodKeys.bind(fields), options);
      if (options.bases() != null && !config.hasBases()) {
        throw new IllegalArgumentException(
            "bases cannot be set: %s has no random bases".formatted(config.method.method()));
      }
      return config;
    } catch (JsonProcessingException e) {
      String message = JsonErrors.mapping(e, settings);
      String prefix =
          settings.path(MethodKeys.METHOD).asText() + ": "; // the library's message has it too
      throw new IllegalArgumentException(
          message.startsWith(prefix) ? message.substring(prefix.length()) : message, e);
    }
  }

  /** A method without settings. */
  public static MethodConfig named(String method) {
    return of(Json.STRICT.createObjectNode().put(MethodKeys.METHOD, method));
  }

  /** The given settings by their current names. */
  @JsonValue
  public ObjectNode json() {
    return settings.deepCopy();
  }

  /** Whether this is the given method. */
  public boolean is(Class<? extends Reparameterization> type) {
    return type.isInstance(method);
  }

  /**
   * The library's method with these settings, for training from scratch.
   *
   * @throws IllegalArgumentException if it needs a trained network
   */
  public Reparameterization toReparameterization() {
    return toReparameterization(null);
  }

  /**
   * The library's method with these settings.
   *
   * @param pretrained the weight of a trained network; {@code null} if there is none
   * @throws IllegalArgumentException if it needs a trained network and there is none
   */
  public Reparameterization toReparameterization(FrozenWeight pretrained) {
    if (!MethodKeys.PRETRAINED.equals(method.w0())) {
      return method;
    }
    if (pretrained == null) {
      throw new IllegalArgumentException(
          "w0 cannot be pretrained when a network is trained from scratch");
    }
    return method.withW0(pretrained);
  }

  /**
   * This method for a convolution; the scale c / rank does not change.
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

  /** See {@link MethodOptions}; null for no rounding. */
  public Integer coefficientBits() {
    return options.coefficientBits();
  }

  /** Like {@link #coefficientBits()}, with 0 for no rounding, as in the library. */
  public int libraryBits() {
    return coefficientBits() == null ? 0 : coefficientBits();
  }

  /**
   * The probability that an input of an adapter is dropped in training; see {@link MethodOptions}.
   */
  public double dropout() {
    return options.dropout() == null ? 0 : options.dropout();
  }

  /** Whether ranks are reduced to what a weight's sizes allow; see {@link MethodOptions}. */
  public boolean capsRank() {
    return options.capsRank();
  }

  /** Whether all weights of the network share one set of trained numbers. */
  public boolean sharesCoefficients() {
    return options.sharesCoefficients();
  }

  /** Whether the method has random bases, which layers can share. */
  public boolean hasBases() {
    return method.factorize(LARGE, 0).generatedElements() > 0;
  }

  /** Whether layers of the same shape share their bases. */
  public boolean sharesBases() {
    return options.sharesBases();
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
