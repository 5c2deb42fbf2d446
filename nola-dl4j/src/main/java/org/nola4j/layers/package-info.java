/**
 * Layers for {@code MultiLayerNetwork} and {@code ComputationGraph} whose weights are a few trained
 * coefficients and a seed. The method is a field, {@link org.nola4j.reparameterization.Nola} by
 * default.
 */
package org.nola4j.layers;
