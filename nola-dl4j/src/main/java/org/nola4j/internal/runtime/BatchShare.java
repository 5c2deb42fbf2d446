// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import org.nola4j.internal.weights.MaterializedWeight;

/**
 * Neighboring examples of a batch and their values of a layer's parameters.
 *
 * @param examples their number
 * @param parameters their values
 */
public record BatchShare(int examples, ParameterSet parameters) {
  /** The same share for one of the layer's weights. */
  MaterializedWeight.Share of(int weight) {
    return new MaterializedWeight.Share(examples, parameters.weights().get(weight));
  }
}
