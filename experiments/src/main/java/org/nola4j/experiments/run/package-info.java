/** Trains runs: the epoch loop, checkpoints, resuming, timing, progress, and records. */
package org.nola4j.experiments.run;
