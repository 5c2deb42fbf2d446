/**
 * Adapters over a trained Deeplearning4j network: {@link org.nola4j.transfer.Adapters#wrap} turns
 * chosen layers of a {@code MultiLayerNetwork} or {@code ComputationGraph} into adapters over
 * frozen weights, and {@link org.nola4j.transfer.Adapters#merge()} gives a plain network back.
 *
 * <p>A wrapped layer runs in DL4J's own runtime layer, on parameters that are kept outside the
 * network's ({@link org.nola4j.transfer.AdaptedLayer}). So outputs are bit for bit those of the
 * wrapped network as long as the adapter adds nothing, and frozen weights are no part of the flat
 * parameter vector, of gradients, of updater state or of a saved model.
 */
package org.nola4j.transfer;
