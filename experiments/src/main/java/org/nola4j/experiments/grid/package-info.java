/**
 * Grids of runs: their cells, settings chosen on held-out images, status, and tables. Each run is
 * an ordinary one, recorded as {@code GRID/CELL[-sampleS]-seedS.json}; those for choosing a setting
 * are in {@code GRID-search}.
 */
package org.nola4j.experiments.grid;
