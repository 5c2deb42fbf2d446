/**
 * A view of networks: their layers by name with what each one trains, parameter counts, and
 * learning rates that reach every layer.
 *
 * <p>Published tables of compressed networks differ in what they count: some rows of NOLA's tables
 * 8 and 9 (ICLR 2024) include batch-norm statistics and others do not, and biases are often left
 * out. {@link org.nola4j.network.ParameterCount} keeps them separate, so that rows can be compared.
 */
package org.nola4j.network;
