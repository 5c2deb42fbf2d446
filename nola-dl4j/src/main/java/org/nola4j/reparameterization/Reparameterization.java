// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import org.nd4j.shade.jackson.annotation.JsonTypeInfo;
import org.nd4j.shade.jackson.databind.annotation.JsonTypeIdResolver;

/**
 * A method: how a weight arises from few trained numbers and a seed.
 *
 * <p>Implementations are immutable records. A record is a method's only description: its components
 * are the method's fields in a layer's JSON, in adapter files and in configurations, so they carry
 * {@code @JsonProperty} of the Jackson that Deeplearning4j uses ({@code org.nd4j.shade.jackson}).
 * One of them is {@code w0}. Their names are part of these formats and must not change. A {@code
 * defaultValue} (a value, or the name of another component) is what configurations may leave out.
 *
 * <p>Methods of your own are registered by a {@link ReparameterizationProvider}; everything else in
 * this library asks {@link #factorize} only.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, property = "method")
@JsonTypeIdResolver(MethodNames.class)
public interface Reparameterization {
  /**
   * The name in files, tables and on the command line: the one that this record is registered
   * under.
   */
  default String method() {
    return Reparameterizations.nameOf(getClass());
  }

  /** Where W0 comes from. */
  FrozenWeight w0();

  /** This on another W0. */
  Reparameterization withW0(FrozenWeight w0);

  /**
   * This with its rank, if it has one, reduced to the smaller size of a weight where it is greater:
   * a product of more columns reaches no other matrices. The scale s = c / rank stays as it is.
   */
  default Reparameterization fitting(WeightShape shape) {
    return this;
  }

  /**
   * What this method makes of a weight.
   *
   * <p>Called for whatever shape a file claims, before anything else is known about it: takes
   * neither time nor memory in proportion to the weight. Shapes and names of trained vectors must
   * not depend on the seed.
   *
   * @param seed of the weight: everything random derives from it, and equal seeds share their bases
   * @throws IllegalArgumentException if the method does not fit the shape, for instance a rank
   *     above both sizes
   */
  Factorization factorize(WeightShape shape, long seed);
}
