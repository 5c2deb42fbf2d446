/**
 * Interfaces for contributors: experiments, benchmarks, and file inspectors.
 *
 * <p>Implementations are found by {@link java.util.ServiceLoader}, so the command line does not
 * refer to them by name.
 */
package org.nola4j.experiments.spi;
