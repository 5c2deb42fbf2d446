// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

/**
 * What a run computes with, for the record.
 *
 * @param backend what computes the network's arrays
 * @param kernel what generates and multiplies random bases
 * @param threads threads that compute the network's arrays
 */
public record Engine(String backend, String kernel, int threads) {}
