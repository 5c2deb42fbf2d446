/**
 * Benchmarks for {@code nola bench}: random bases and whole training steps, compared with their
 * limits.
 */
package org.nola4j.experiments.bench;
