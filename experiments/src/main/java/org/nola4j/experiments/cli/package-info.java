/**
 * The command line: {@code nola list, run, grid, table, inspect, quantize, export, merge, coverage,
 * bench}.
 *
 * <p>Exit status 0: done; 1: internal error; 2: an error that the user can fix.
 */
package org.nola4j.experiments.cli;
