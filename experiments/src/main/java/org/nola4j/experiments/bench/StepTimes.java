package org.nola4j.experiments.bench;

/**
 * What one process measured.
 *
 * @param trained trained numbers
 * @param medianMillis median wall time of a step
 * @param minMillis the fastest step
 * @param peakBytes the most memory that the process had; {@code null} where the system does not say
 */
record StepTimes(long trained, double medianMillis, double minMillis, Long peakBytes) {}
