// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import org.nola4j.basis.Seeds;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * One named weight of a layer.
 *
 * @param name within the layer, for instance {@code W} or {@code fc1}; no underscore, which DL4J
 *     splits names at
 * @param shape its matrix view
 * @param method how it is computed from trained numbers
 */
public record WeightSpec(String name, WeightShape shape, Reparameterization method) {
  /** Checks the name. */
  public WeightSpec {
    if (name.isEmpty() || name.indexOf('_') >= 0) {
      throw new IllegalArgumentException(
          "a weight's name must not be empty nor contain '_', but is \"" + name + "\"");
    }
  }

  /** What the method makes of this weight in a layer with this seed. */
  public Factorization factorize(long layerSeed) {
    return method.factorize(shape, Seeds.derive(layerSeed, name));
  }

  /**
   * The name of a factor's trained vector among the parameters of a layer with {@code weights}
   * weights.
   */
  public String parameterName(Factor factor, int weights) {
    return weights == 1 ? factor.parameter() : name + "." + factor.parameter();
  }
}
