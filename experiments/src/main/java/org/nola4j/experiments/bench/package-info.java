/** What {@code nola bench} measures: random bases and whole training steps, beside their limits. */
package org.nola4j.experiments.bench;
