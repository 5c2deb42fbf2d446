/**
 * Examples of the library in use, to be read from top to bottom and run from an IDE: {@link
 * org.nola4j.experiments.examples.PlugInNolaDense} uses our layer in a new network, {@link
 * org.nola4j.experiments.examples.FewShotAdapters} adapts a trained network to new tasks, {@link
 * org.nola4j.experiments.examples.ServeManyAdapters} serves many adapters of one network.
 */
package org.nola4j.experiments.examples;
