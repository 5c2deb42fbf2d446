// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.nola4j.network.ParameterCount;

/**
 * The library's {@link ParameterCount} as recorded in results. Trained numbers of ordinary layers
 * count as coefficients, since nothing generates them.
 *
 * @param coefficients trained numbers of the reparameterized weights
 * @param biases trained biases in addition
 * @param batchNormAffine trained scales and shifts of batch normalization
 * @param batchNormStatistics running means and variances: stored, not trained
 * @param frozen number of fixed weights, seeded or pretrained
 * @param trained coefficients, biases and batchNormAffine together
 */
public record ParameterCounts(
    long coefficients,
    long biases,
    long batchNormAffine,
    long batchNormStatistics,
    long frozen,
    long trained) {

  /** Checks the sum. */
  public ParameterCounts {
    if (trained != coefficients + biases + batchNormAffine) {
      throw new IllegalArgumentException(
          "trained must be coefficients + biases + batchNormAffine = %d, was %d"
              .formatted(coefficients + biases + batchNormAffine, trained));
    }
  }

  /** The counts of a network or a layer. */
  public static ParameterCounts of(ParameterCount count) {
    return new ParameterCounts(
        count.coefficients() + count.other(),
        count.biases(),
        count.batchNormAffine(),
        count.batchNormStatistics(),
        count.frozen(),
        count.trained());
  }

  /** The counts of each layer with parameters. */
  public static Map<String, ParameterCounts> of(Map<String, Layer> layers) {
    Map<String, ParameterCounts> counts = new LinkedHashMap<>();
    layers.forEach(
        (name, layer) -> {
          if (layer.numParams() > 0) {
            counts.put(name, of(ParameterCount.of(layer)));
          }
        });
    return counts;
  }
}
