// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

/**
 * The trained network with quantized coefficients, without further training.
 *
 * @param bits bits per coefficient, 2 to 8; 16 where all numbers are in half precision
 * @param testAccuracy test accuracy, 0 to 1
 * @param adapterBytes size of the file with everything that was trained, at this precision
 */
public record QuantizedMetrics(int bits, double testAccuracy, long adapterBytes) {}
