// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Sets learning rates during training.
 *
 * <p>DL4J 1.0.0-M2.1's own {@code setLearningRate} leaves DL4J's SameDiff layers and bias updaters
 * out, and changes the rate of every network whose layers were given the same updater object.
 * Schedules that are part of an updater ({@code new Adam(schedule)}) work.
 */
public final class LearningRates {
  private LearningRates() {}

  /**
   * Sets the rate of everything that is trained; schedules are replaced. The state is kept, and
   * updater objects that others may have too are left alone.
   */
  public static void set(MultiLayerNetwork network, double rate) {
    set(network.getLayers(), (BaseMultiLayerUpdater<?>) network.getUpdater(), rate);
  }

  /** As {@link #set(MultiLayerNetwork, double)}. */
  public static void set(ComputationGraph graph, double rate) {
    set(graph.getLayers(), graph.getUpdater(), rate);
  }

  private static void set(Layer[] layers, BaseMultiLayerUpdater<?> updater, double rate) {
    for (Layer layer : layers) {
      set(layer.conf().getLayer(), rate);
    }
    for (UpdaterBlock block : updater.getUpdaterBlocks()) {
      block.setUpdaterViewRequiresInitialization(false);
      block.setGradientUpdater(null); // it refers to the configuration that was copied
      block.init();
    }
  }

  private static void set(org.deeplearning4j.nn.conf.layers.Layer layer, double rate) {
    if (layer instanceof BaseLayer conf) {
      conf.setIUpdater(withRate(conf.getIUpdater(), rate));
      conf.setBiasUpdater(withRate(conf.getBiasUpdater(), rate));
    } else if (layer instanceof AbstractSameDiffLayer conf) {
      conf.setUpdater(withRate(conf.getUpdater(), rate));
      conf.setBiasUpdater(withRate(conf.getBiasUpdater(), rate));
    } else if (layer instanceof Bidirectional conf) {
      set(conf.getFwd(), rate);
      set(conf.getBwd(), rate);
    }
  }

  private static IUpdater withRate(IUpdater updater, double rate) {
    if (updater == null || !updater.hasLearningRate()) {
      return updater;
    }
    IUpdater copy = updater.clone();
    copy.setLrAndSchedule(rate, null);
    return copy;
  }
}
