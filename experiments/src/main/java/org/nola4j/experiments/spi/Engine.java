// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.spi;

/**
 * The backend and kernel of a run, for its record.
 *
 * @param backend ND4J backend of the network's arrays
 * @param kernel kernel that generates and multiplies random bases
 * @param threads number of threads of the backend
 * @param cluster the machines of parameter averaging; null if there is this one only
 */
public record Engine(String backend, String kernel, int threads, String cluster) {}
