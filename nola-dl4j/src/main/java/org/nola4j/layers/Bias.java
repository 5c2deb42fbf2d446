// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

/**
 * How a layer treats its bias. The choice affects both results and parameter counts, so results
 * always state it.
 */
public enum Bias {
  /** A directly trained vector {@code b}, starting at DL4J's {@code biasInit}. */
  FREE,
  /** An additional row of the weight matrix, subject to the layer's method. */
  FOLDED,
  /** None. */
  NONE
}
