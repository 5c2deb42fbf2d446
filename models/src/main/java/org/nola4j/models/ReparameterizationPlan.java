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

  private ReparameterizationPlan(
      Reparameterization method, Map<String, Reparameterization> exceptions) {
    this.method = method;
    this.exceptions = Map.copyOf(exceptions);
  }

  /** The same method for every layer. */
  public static ReparameterizationPlan all(Reparameterization method) {
    return new ReparameterizationPlan(method, Map.of());
  }

  /** Every weight trained itself. */
  public static ReparameterizationPlan dense() {
    return all(new Dense());
  }

  /** This plan but for one layer. */
  public ReparameterizationPlan with(String layer, Reparameterization method) {
    Map<String, Reparameterization> changed = new LinkedHashMap<>(exceptions);
    changed.put(layer, method);
    return new ReparameterizationPlan(this.method, changed);
  }

  /** The method of a layer. */
  public Reparameterization method(String layer) {
    return exceptions.getOrDefault(layer, method);
  }
}
