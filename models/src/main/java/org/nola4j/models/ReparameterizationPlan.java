// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nola4j.basis.Seeds;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transformer.TransformerBlock;

/**
 * The method and the coefficient bits of each layer of a network: one for all, with exceptions by
 * the name of a layer or one of its weights. Immutable.
 */
public final class ReparameterizationPlan implements Serializable {
  private final Reparameterization method;
  private final Map<String, Reparameterization> exceptions;
  private final String owner;
  private final int coefficientBits;
  private final Map<String, Integer> otherBits;
  private final boolean sharedBases;
  private final boolean scaledRate;

  private ReparameterizationPlan(
      Reparameterization method,
      Map<String, Reparameterization> exceptions,
      String owner,
      int coefficientBits,
      Map<String, Integer> otherBits,
      boolean sharedBases,
      boolean scaledRate) {
    this.method = method;
    this.exceptions = Map.copyOf(exceptions);
    this.owner = owner;
    this.coefficientBits = coefficientBits;
    this.otherBits = Map.copyOf(otherBits);
    this.sharedBases = sharedBases;
    this.scaledRate = scaledRate;
  }

  /** The same method for every layer. */
  public static ReparameterizationPlan all(Reparameterization method) {
    return new ReparameterizationPlan(method, Map.of(), null, 0, Map.of(), false, false);
  }

  /** All weights are dense. */
  public static ReparameterizationPlan dense() {
    return all(new Dense());
  }

  /**
   * Returns a copy with another method for one layer, or for one weight of a layer with several.
   *
   * @param layer the name of the layer, such as {@code block3}, or of a weight, such as {@code
   *     block3.fc1}
   */
  public ReparameterizationPlan with(String layer, Reparameterization method) {
    Map<String, Reparameterization> changed = new LinkedHashMap<>(exceptions);
    changed.put(layer, method);
    return new ReparameterizationPlan(
        this.method, changed, owner, coefficientBits, otherBits, sharedBases, scaledRate);
  }

  /**
   * Returns a copy in which all layers share the coefficients of one layer, as PRANC trains one
   * vector for a whole network. The coefficient vectors of all methods must have the same shapes.
   *
   * @param first the layer that owns the coefficients: the first layer with a method
   */
  public ReparameterizationPlan sharedFrom(String first) {
    return new ReparameterizationPlan(
        method, exceptions, first, coefficientBits, otherBits, sharedBases, scaledRate);
  }

  /**
   * Returns a copy with quantization-aware training: the coefficients of all layers are rounded to
   * this many bits in every pass.
   *
   * @param bits 2 to 8, or 0 for no rounding
   */
  public ReparameterizationPlan withCoefficientBits(int bits) {
    return new ReparameterizationPlan(
        method, exceptions, owner, bits, otherBits, sharedBases, scaledRate);
  }

  /** Returns a copy with other coefficient bits for one layer. */
  public ReparameterizationPlan withCoefficientBits(String layer, int bits) {
    Map<String, Integer> changed = new LinkedHashMap<>(otherBits);
    changed.put(layer, bits);
    return new ReparameterizationPlan(
        method, exceptions, owner, coefficientBits, changed, sharedBases, scaledRate);
  }

  /**
   * The number of bits that a layer's coefficients are rounded to in every pass; 0 for no rounding.
   */
  public int coefficientBits(String layer) {
    return otherBits.getOrDefault(layer, coefficientBits);
  }

  /**
   * Returns a copy with equal seeds for layers of the same shape (NOLA, table 2, "shared random
   * basis"): such layers have the same bases, which are generated once for all of them. Their
   * seeded W0 and initial coefficients are then equal as well.
   */
  public ReparameterizationPlan withSharedBases() {
    return new ReparameterizationPlan(
        method, exceptions, owner, coefficientBits, otherBits, true, scaledRate);
  }

  /**
   * This plan with the updater's learning rate for weights, from which every layer's rate for its
   * coefficients follows; see {@link ReparameterizedLayer.Builder#scaledRate}.
   */
  public ReparameterizationPlan withScaledRate() {
    return new ReparameterizationPlan(
        method, exceptions, owner, coefficientBits, otherBits, sharedBases, true);
  }

  /** Gives the layers of a network, whose shapes are known, what this plan wants for all. */
  void settle(Stream<Layer> layers, long networkSeed) {
    layers
        .filter(ReparameterizedLayer.class::isInstance)
        .map(ReparameterizedLayer.class::cast)
        .forEach(layer -> settle(layer, networkSeed));
  }

  private void settle(ReparameterizedLayer layer, long networkSeed) {
    layer.setScaledRate(scaledRate);
    if (sharedBases && hasBases(layer)) {
      layer.setSeed(Seeds.derive(networkSeed, shapes(layer)));
    }
  }

  private static boolean hasBases(ReparameterizedLayer layer) {
    return layer.factorizations().values().stream()
        .flatMap(weight -> weight.factors().stream())
        .anyMatch(factor -> factor.map().generatedElements() > 0);
  }

  private static String shapes(ReparameterizedLayer layer) {
    return layer.factorizations().values().stream()
        .map(weight -> weight.shape().rows() + "x" + weight.shape().columns())
        .collect(Collectors.joining(","));
  }

  /** The layer whose coefficients a layer uses; null if it has its own. */
  String tiedTo(String layer) {
    return layer.equals(owner) ? null : owner;
  }

  /** The method of a layer. */
  public Reparameterization method(String layer) {
    return exceptions.getOrDefault(layer, method);
  }

  /** The method of one weight of a layer with several: the weight's own, or else the layer's. */
  public Reparameterization method(String layer, String weight) {
    return exceptions.getOrDefault(layer + "." + weight, method(layer));
  }

  /** Gives a transformer block its methods. */
  TransformerBlock.Builder block(String layer, TransformerBlock.Builder block) {
    TransformerBlock.WEIGHTS.forEach(w -> block.reparameterization(w, method(layer, w)));
    return block.tiedTo(tiedTo(layer)).coefficientBits(coefficientBits(layer));
  }
}
