/**
 * Many runs as one: which there are, what was chosen for them on held-out images, how far they have
 * come, and their table. Every run is an ordinary one, recorded as {@code
 * GRID/CELL[-sampleS]-seedS.json}; those that only served a choice are in {@code GRID-search}.
 */
package org.nola4j.experiments.grid;
