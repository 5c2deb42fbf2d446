package org.nola4j.dl4j;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Sets learning rates during training.
 *
 * <p>DL4J 1.0.0-M2.1's own {@code setLearningRate} leaves SameDiff layers out, to which all layers
 * of this library belong, and then fails on networks that have such layers beside batch
 * normalization. Schedules that are part of an updater ({@code new Adam(schedule)}) work.
 */
public final class LearningRates {
  private LearningRates() {}

  /** Sets the rate of everything that is trained; schedules are replaced. The state is kept. */
  public static void set(MultiLayerNetwork network, double rate) {
    set(network.getLayers(), rate);
  }

  /** As {@link #set(MultiLayerNetwork, double)}. */
  public static void set(ComputationGraph graph, double rate) {
    set(graph.getLayers(), rate);
  }

  /** Updaters in use refer to their configuration, so nothing has to be built anew. */
  private static void set(Layer[] layers, double rate) {
    for (Layer layer : layers) {
      set(layer.conf().getLayer(), rate);
    }
  }

  private static void set(org.deeplearning4j.nn.conf.layers.Layer layer, double rate) {
    if (layer instanceof BaseLayer conf) {
      set(conf.getIUpdater(), rate);
      set(conf.getBiasUpdater(), rate);
    } else if (layer instanceof AbstractSameDiffLayer conf) {
      set(conf.getUpdater(), rate);
      set(conf.getBiasUpdater(), rate);
    } else if (layer instanceof Bidirectional conf) {
      set(conf.getFwd(), rate);
      set(conf.getBwd(), rate);
    }
  }

  private static void set(IUpdater updater, double rate) {
    if (updater != null && updater.hasLearningRate()) {
      updater.setLrAndSchedule(rate, null);
    }
  }
}
