// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.method;

import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;

/**
 * A method from outside: LoRA with the scale alpha / sqrt(rank) (Kalajdzievski, <i>A Rank
 * Stabilization Scaling Factor for Fine-Tuning with LoRA</i>, 2023).
 *
 * @param rank columns of A, rows of B
 * @param alpha numerator of the scale
 * @param w0 the frozen part
 */
public record RsLora(
    @JsonProperty("rank") int rank,
    @JsonProperty(value = "alpha", defaultValue = "1") double alpha,
    @JsonProperty("w0") FrozenWeight w0)
    implements Reparameterization {

  @Override
  public Reparameterization withW0(FrozenWeight w0) {
    return new RsLora(rank, alpha, w0);
  }

  @Override
  public Factorization factorize(WeightShape shape, long seed) {
    return new Lora(rank, alpha * Math.sqrt(rank), 1, w0).factorize(shape, seed);
  }
}
