// SPDX-License-Identifier: Apache-2.0
package org.nola4j.reparameterization;

import java.io.Serializable;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;
import org.nd4j.shade.jackson.databind.annotation.JsonTypeIdResolver;

/**
 * A method: how a weight is computed from a few trained numbers and a seed.
 *
 * <p>Implementations are immutable records. A record is a method's only description: its components
 * are the method's fields in a layer's JSON, in adapter files and in configurations, so they carry
 * {@code @JsonProperty} of the Jackson that Deeplearning4j uses ({@code org.nd4j.shade.jackson}).
 * One of them is {@code w0}. Their names are part of these formats and must not change. A {@code
 * defaultValue} (a value, or the name of another component) is what configurations may leave out.
 *
 * <p>Register your own methods with a {@link ReparameterizationProvider}; the rest of this library
 * calls only {@link #factorize}.
 *
 * <p>Records are serializable, as the configurations of networks are that Apache Spark sends to
 * other machines.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CUSTOM, property = "method")
@JsonTypeIdResolver(MethodNames.class)
public interface Reparameterization extends Serializable {
  /** The name in files, tables and on the command line, under which this record is registered. */
  default String method() {
    return Reparameterizations.nameOf(getClass());
  }

  /** Where W0 comes from. */
  FrozenWeight w0();

  /** Returns a copy on another W0. */
  Reparameterization withW0(FrozenWeight w0);

  /**
   * Returns a copy whose rank, if it has one, is at most the smaller side of the weight: a higher
   * rank cannot represent more matrices. The scale s = c / rank stays as it is.
   */
  default Reparameterization fitting(WeightShape shape) {
    return this;
  }

  /**
   * Builds a weight by this method.
   *
   * <p>Called with any shape that a file claims, before anything else is checked: must take neither
   * time nor memory proportional to the weight. Shapes and names of trained vectors must not depend
   * on the seed.
   *
   * @param seed of the weight: everything random derives from it, and equal seeds share their bases
   * @throws IllegalArgumentException if the method does not fit the shape, for instance a rank
   *     above both sizes
   */
  Factorization factorize(WeightShape shape, long seed);
}
