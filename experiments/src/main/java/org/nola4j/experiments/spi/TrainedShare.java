// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.io.Serializable;

/**
 * A copy of a network after its share of a round.
 *
 * @param state its trained numbers
 * @param examples that it was trained on
 * @param lossSum the sum of their losses
 */
public record TrainedShare(byte[] state, int examples, double lossSum) implements Serializable {}
