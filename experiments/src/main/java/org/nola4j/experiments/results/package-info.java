/**
 * The results of runs: one JSON file per run, and tables and charts of these files.
 *
 * <p>Numbers in tables are never typed in: measured ones come from recorded results, the paper's
 * from {@code configs/<experiment>/paper.json}.
 */
package org.nola4j.experiments.results;
