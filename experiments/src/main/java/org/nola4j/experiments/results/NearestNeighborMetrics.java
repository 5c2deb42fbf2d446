// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

/**
 * Test images classified as the training image with the nearest features is: 1-NN.
 *
 * @param cosine share of the test set that is right by the angle between features, 0 to 1
 * @param euclidean the same by their Euclidean distance
 */
public record NearestNeighborMetrics(double cosine, double euclidean) {}
