/**
 * Shared by experiments with Deeplearning4j networks: a common interface to both kinds of networks,
 * and their training, counts, and state.
 *
 * <p>An experiment extends {@link org.nola4j.experiments.network.NetworkExperiment} with its
 * network and its data; everything else is here.
 */
package org.nola4j.experiments.network;
