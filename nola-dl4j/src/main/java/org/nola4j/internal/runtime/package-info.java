// SPDX-License-Identifier: Apache-2.0
/**
 * The bridge to Deeplearning4j 1.0.0-M2.1; workarounds for its defects are here.
 *
 * <p>A layer is two objects, as DL4J requires: a configuration ({@link
 * org.nola4j.internal.runtime.ReparameterizedLayer}, which is saved as JSON and whose SameDiff
 * graph defines what the layer computes) and a runtime ({@link
 * org.nola4j.internal.runtime.RuntimeLayer}). DL4J's parameters are the trained vectors only. The
 * runtime expands them to factors ({@link org.nola4j.internal.weights}) before the layer's graph
 * runs and pulls the factors' gradients back after it, so that neither bases nor frozen weights are
 * ever part of the graph's variables, the flat parameter vector, the updater state or a saved
 * model.
 */
package org.nola4j.internal.runtime;
