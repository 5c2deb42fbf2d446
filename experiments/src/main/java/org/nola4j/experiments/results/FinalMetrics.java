package org.nola4j.experiments.results;

/**
 * The trained network, measured once more over both whole sets.
 *
 * @param trainLoss mean loss over the training set
 * @param trainAccuracy share of the training set that is right, 0 to 1
 * @param testAccuracy share of the test set that is right, 0 to 1
 */
public record FinalMetrics(double trainLoss, double trainAccuracy, double testAccuracy) {}
