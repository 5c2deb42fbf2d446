// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

/**
 * How long a run took, over all its parts if it was stopped and resumed.
 *
 * @param secondsTotal wall time of training with all evaluations, without reading the data
 * @param millisPerBatchMedian median over the epochs of the median wall time of a training step
 */
public record Timing(double secondsTotal, double millisPerBatchMedian) {}
