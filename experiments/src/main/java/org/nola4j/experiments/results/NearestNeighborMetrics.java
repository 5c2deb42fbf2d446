// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Test examples classified as the training example with the nearest features is: 1-NN.
 *
 * @param cosine accuracy by the angle between features, 0 to 1
 * @param euclidean accuracy by Euclidean distance, 0 to 1
 * @param classMean the same by the angle to the mean direction of each class; {@code null} in
 *     records of earlier versions
 */
public record NearestNeighborMetrics(
    double cosine, double euclidean, @JsonInclude(JsonInclude.Include.NON_NULL) Double classMean) {
  /** As records of earlier versions have it. */
  public NearestNeighborMetrics(double cosine, double euclidean) {
    this(cosine, euclidean, null);
  }
}
