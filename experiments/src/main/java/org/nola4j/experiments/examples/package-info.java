/**
 * The library in use, one thing a class, each to be read from top to bottom and to be run from an
 * IDE: {@link org.nola4j.experiments.examples.PlugInNolaDense} has our layer in a new network,
 * {@link org.nola4j.experiments.examples.FewShotAdapters} adapts a trained network to new tasks,
 * {@link org.nola4j.experiments.examples.ServeManyAdapters} serves many adapters of one network.
 */
package org.nola4j.experiments.examples;
