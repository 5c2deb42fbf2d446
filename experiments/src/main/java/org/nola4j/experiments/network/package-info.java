/**
 * What experiments with Deeplearning4j networks share: one view of both kinds of networks, their
 * training, counts and state.
 *
 * <p>An experiment extends {@link org.nola4j.experiments.network.NetworkExperiment} with its
 * network and its data; everything else is here.
 */
package org.nola4j.experiments.network;
