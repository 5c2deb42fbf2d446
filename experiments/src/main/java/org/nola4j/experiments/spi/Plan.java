// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.experiments.results.ParameterCounts;

/**
 * What a run will train and store.
 *
 * @param parameters counts of the whole network
 * @param layers counts of each layer with parameters by name, from input to output
 * @param adapterBytes size of the file with everything that is trained
 */
public record Plan(
    ParameterCounts parameters, Map<String, ParameterCounts> layers, long adapterBytes) {

  /** Keeps the order of the layers. */
  public Plan {
    layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
  }
}
