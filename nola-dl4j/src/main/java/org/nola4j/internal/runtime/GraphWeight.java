// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Factorization;

/**
 * A reparameterized weight inside a SameDiff graph: variables for its factors, a constant for W0.
 *
 * <p>Uses only operations whose gradients are correct in DL4J 1.0.0-M2.1: {@code mmul}, {@code
 * add}, {@code mul}.
 */
public final class GraphWeight {
  private final SDVariable[] factors;
  private final SDVariable frozen;
  private final double scale;

  private GraphWeight(SDVariable[] factors, SDVariable frozen, double scale) {
    this.factors = factors;
    this.frozen = frozen;
    this.scale = scale;
  }

  static GraphWeight of(
      ReparameterizedLayer layer,
      WeightSpec weight,
      SameDiff graph,
      Map<String, SDVariable> variables) {
    Factorization factorization = weight.factorize(0);
    List<SDVariable> factors =
        factorization.factors().stream()
            .map(f -> variables.get(layer.parameterName(weight, f)))
            .toList();
    return new GraphWeight(
        factors.toArray(SDVariable[]::new),
        graph.getVariable(frozenName(weight)),
        factorization.scale());
  }

  static String frozenName(WeightSpec weight) {
    return weight.name() + ".W0";
  }

  /** W itself, rows x columns. */
  public SDVariable matrix() {
    if (factors.length == 0) {
      return frozen;
    }
    SDVariable trained = factors.length == 1 ? factors[0] : factors[0].mmul(factors[1]).mul(scale);
    return frozen == null ? trained : frozen.add(trained);
  }

  /** {@code x W} without forming W where it is a product: (x A) B. */
  public SDVariable multiply(SDVariable x) {
    if (factors.length < 2) {
      return x.mmul(matrix());
    }
    SDVariable trained = x.mmul(factors[0]).mmul(factors[1]).mul(scale);
    return frozen == null ? trained : x.mmul(frozen).add(trained);
  }
}
