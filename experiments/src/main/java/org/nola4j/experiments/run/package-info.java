/**
 * Trains runs: the epoch loop, checkpoints, resuming, timing, progress, and the record of it all.
 */
package org.nola4j.experiments.run;
