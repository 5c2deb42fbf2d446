// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

import java.io.Serializable;

/**
 * What one copy of a network trains on in a round of parameter averaging.
 *
 * @param epoch the epoch, from 1
 * @param from the first batch of the epoch, from 0
 * @param to the batch after the last one
 */
public record Share(int epoch, int from, int to) implements Serializable {}
