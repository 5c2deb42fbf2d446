/**
 * What a run measured: one JSON file a run, and the tables and charts made from these files.
 *
 * <p>A table's numbers are never typed: measured ones come from recorded results, the paper's from
 * {@code configs/<experiment>/paper.json}.
 */
package org.nola4j.experiments.results;
