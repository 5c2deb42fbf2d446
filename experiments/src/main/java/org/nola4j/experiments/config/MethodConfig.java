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
 * How a weight matrix arises from few trained numbers.
 *
 * <p>{@code method} names one of the library's methods or of those that are registered there; its
 * settings are the components of that method's record, by their names. {@code w0} is {@code none},
 * {@code seeded} or {@code pretrained}. Beside them are {@link MethodOptions}, which are not the
 * weight's affair.
 */
public final class MethodConfig {
  /** No rank of interest is larger; nothing of this size is ever made. */
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
      MethodOptions options = Json.STRICT.treeToValue(others, MethodOptions.class);
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
    if (!MethodKeys.PRETRAINED.equals(method.w0())) {
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

  /** See {@link MethodOptions}; null if they are not rounded. */
  public Integer coefficientBits() {
    return options.coefficientBits();
  }

  /** As {@link #coefficientBits()}, as the library has it: 0 for none. */
  public int libraryBits() {
    return coefficientBits() == null ? 0 : coefficientBits();
  }

  /** Whether ranks are reduced to what a weight's sizes allow; see {@link MethodOptions}. */
  public boolean capsRank() {
    return options.capsRank();
  }

  /** Whether one set of trained numbers serves all weights of the network. */
  public boolean sharesCoefficients() {
    return options.sharesCoefficients();
  }

  /** Whether weights arise from random bases, which layers can share. */
  public boolean hasBases() {
    return method.factorize(LARGE, 0).generatedElements() > 0;
  }

  /** Whether layers of one shape share their bases. */
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
