// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nola4j.adapter.Adapter;
import org.nola4j.network.LearningRates;
import org.nola4j.network.ParameterCount;

/**
 * A {@link MultiLayerNetwork}.
 *
 * @param network an initialized network
 */
public record LayeredNetwork(MultiLayerNetwork network) implements Network {
  @Override
  public Model model() {
    return network;
  }

  @Override
  public String configuration() {
    return network.getLayerWiseConfigurations().toJson();
  }

  @Override
  public void fit(DataSet batch) {
    network.fit(batch);
  }

  @Override
  public void computeGradient(DataSet batch) {
    network.setInput(batch.getFeatures());
    network.setLabels(batch.getLabels());
    network.setLayerMaskArrays(batch.getFeaturesMaskArray(), batch.getLabelsMaskArray());
    network.computeGradientAndScore();
    network.clearLayerMaskArrays(); // and not clear(), which forgets the updater's state
  }

  @Override
  public INDArray output(INDArray features) {
    return network.output(features);
  }

  @Override
  public void setLearningRate(double rate) {
    LearningRates.set(network, rate);
  }

  @Override
  public Counters counters() {
    var conf = network.getLayerWiseConfigurations();
    return new Counters(conf.getIterationCount(), conf.getEpochCount());
  }

  @Override
  public void setCounters(Counters counters) {
    network.getLayerWiseConfigurations().setIterationCount(counters.iterations());
    network.getLayerWiseConfigurations().setEpochCount(counters.epochs());
  }

  @Override
  public INDArray updaterState() {
    return network.getUpdater().getStateViewArray();
  }

  @Override
  public Map<String, Layer> layers() {
    Map<String, Layer> layers = new LinkedHashMap<>();
    for (Layer layer : network.getLayers()) {
      layers.put(layer.conf().getLayer().getLayerName(), layer);
    }
    return layers;
  }

  @Override
  public ParameterCount count() {
    return ParameterCount.of(network);
  }

  @Override
  public Adapter adapter() {
    return Adapter.of(network);
  }

  @Override
  public void apply(Adapter adapter) {
    adapter.applyTo(network);
  }
}
