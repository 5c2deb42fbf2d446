// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.bench;

/**
 * What one process measured of a language model.
 *
 * @param trained trained numbers
 * @param medianMillis median wall time of a training step
 * @param minMillis the fastest step
 * @param greedy tokens per second with cached keys and values, one hypothesis
 * @param beams likewise with ten hypotheses
 * @param peakBytes peak memory of all of it; {@code null} if the system does not report it
 */
record Gpt2Times(
    long trained,
    double medianMillis,
    double minMillis,
    double greedy,
    double beams,
    Long peakBytes) {}
