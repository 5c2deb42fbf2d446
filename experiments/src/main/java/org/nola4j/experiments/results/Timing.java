// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

/**
 * The duration of a run, over all its parts if it was resumed.
 *
 * @param secondsTotal wall time of training and evaluation, without reading the data
 * @param millisPerBatchMedian median over epochs of the median wall time per training step
 */
public record Timing(double secondsTotal, double millisPerBatchMedian) {}
