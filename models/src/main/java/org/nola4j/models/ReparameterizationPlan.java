package org.nola4j.models;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Which layer of a network gets which method: one for all, with exceptions by layer name.
 * Immutable.
 */
public final class ReparameterizationPlan {
  private final Reparameterization method;
  private final Map<String, Reparameterization> exceptions;
  private final String owner;

  private ReparameterizationPlan(
      Reparameterization method, Map<String, Reparameterization> exceptions, String owner) {
    this.method = method;
    this.exceptions = Map.copyOf(exceptions);
    this.owner = owner;
  }

  /** The same method for every layer. */
  public static ReparameterizationPlan all(Reparameterization method) {
    return new ReparameterizationPlan(method, Map.of(), null);
  }

  /** Every weight trained itself. */
  public static ReparameterizationPlan dense() {
    return all(new Dense());
  }

  /** This plan but for one layer. */
  public ReparameterizationPlan with(String layer, Reparameterization method) {
    Map<String, Reparameterization> changed = new LinkedHashMap<>(exceptions);
    changed.put(layer, method);
    return new ReparameterizationPlan(this.method, changed, owner);
  }

  /**
   * This plan with the coefficients of one layer for all layers, as PRANC trains one vector for a
   * whole network. Methods must then agree in the shapes of their vectors.
   *
   * @param first the layer that holds them: the first of the network that has a method
   */
  public ReparameterizationPlan sharedFrom(String first) {
    return new ReparameterizationPlan(method, exceptions, first);
  }

  /** The layer that a layer takes its coefficients from; null if it has its own. */
  String coefficientsOf(String layer) {
    return layer.equals(owner) ? null : owner;
  }

  /** The method of a layer. */
  public Reparameterization method(String layer) {
    return exceptions.getOrDefault(layer, method);
  }
}
