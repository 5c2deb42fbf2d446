package org.nola4j.experiments.results;

/**
 * What one epoch gave.
 *
 * @param epoch the epoch, from 1
 * @param trainLoss mean over the epoch's examples of the loss of the step that used them
 * @param testAccuracy share of the test set that is right after the epoch, 0 to 1
 * @param seconds wall time of the training steps, without the evaluation
 * @param millisPerBatch median wall time of a step; may be missing
 */
public record EpochResult(
    int epoch, double trainLoss, double testAccuracy, double seconds, Double millisPerBatch) {}
