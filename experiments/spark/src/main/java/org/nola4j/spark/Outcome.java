// SPDX-License-Identifier: Apache-2.0
package org.nola4j.spark;

import java.io.Serializable;
import org.nola4j.experiments.spi.TrainedShare;

/**
 * What became of a task.
 *
 * @param trained null if it failed
 * @param failure which executor failed and why; null if it did not
 */
record Outcome(TrainedShare trained, String failure) implements Serializable {}
