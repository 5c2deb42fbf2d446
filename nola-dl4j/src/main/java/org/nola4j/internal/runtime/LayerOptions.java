// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.io.Serializable;
import java.util.Map;
import org.nola4j.internal.weights.FrozenParameter;

/** The fields of a {@link ReparameterizedLayer} beyond those of DL4J's layers. */
final class LayerOptions implements Serializable {
  Long seed;

  /** The seed of the network that {@link #seed} was derived from; null where it was given. */
  Long networkSeed;

  String tiedTo;
  int coefficientBits;
  boolean scaledRate;
  double adapterDropout;
  Map<String, FrozenParameter> frozenParameters = Map.of();

  /** An independent copy. */
  LayerOptions copy() {
    LayerOptions copy = new LayerOptions();
    copy.seed = seed;
    copy.networkSeed = networkSeed;
    copy.tiedTo = tiedTo;
    copy.coefficientBits = coefficientBits;
    copy.scaledRate = scaledRate;
    copy.adapterDropout = adapterDropout;
    copy.frozenParameters = frozenParameters;
    return copy;
  }
}
