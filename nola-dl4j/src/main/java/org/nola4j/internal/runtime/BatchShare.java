// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

/**
 * Neighboring examples of a batch and the values of a layer's parameters that are theirs.
 *
 * @param examples how many
 * @param parameters their values
 */
public record BatchShare(int examples, ParameterSet parameters) {
  /** What this means for one of the layer's weights. */
  MaterializedWeight.Share of(int weight) {
    return new MaterializedWeight.Share(examples, parameters.weights().get(weight));
  }
}
