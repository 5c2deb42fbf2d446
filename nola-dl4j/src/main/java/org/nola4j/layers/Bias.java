// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

/**
 * What a layer does about its bias; it decides both results and counts, so results always say
 * which.
 */
public enum Bias {
  /** A directly trained vector {@code b}, starting at zero. */
  FREE,
  /** One more row of the weight matrix, subject to the layer's method. */
  FOLDED,
  /** None. */
  NONE
}
