// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The results of one epoch.
 *
 * @param epoch the epoch, from 1
 * @param trainLoss mean training loss over the epoch's examples, each measured in its step
 * @param testAccuracy share of the test set that is right after the epoch, 0 to 1; {@code null} if
 *     it was not measured
 * @param seconds wall time of the training steps, without evaluation
 * @param millisPerBatch median wall time per step; may be missing
 * @param testLoss mean loss over what {@code testAccuracy} is measured on, of language models;
 *     {@code null} for others or if it was not measured
 */
public record EpochResult(
    int epoch,
    double trainLoss,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double testAccuracy,
    double seconds,
    Double millisPerBatch,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double testLoss) {}
