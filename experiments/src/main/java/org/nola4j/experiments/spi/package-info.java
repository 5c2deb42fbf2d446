/**
 * What a contributor implements: experiments, benchmarks and inspectors of files.
 *
 * <p>Implementations are found through {@link java.util.ServiceLoader}, so that the command line
 * knows none of them by name.
 */
package org.nola4j.experiments.spi;
