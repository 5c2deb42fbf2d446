/**
 * The library in use, one thing a class, each to be read from top to bottom and to be run from an
 * IDE: {@link org.nola4j.experiments.examples.PlugInNolaDense} has our layer in a new network,
 * {@link org.nola4j.experiments.examples.FewShotAdapters} adapts a trained network to new tasks.
 */
package org.nola4j.experiments.examples;
