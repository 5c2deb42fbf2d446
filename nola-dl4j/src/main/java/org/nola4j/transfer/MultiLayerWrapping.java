// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.network.LayerNames;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;

/** Layers keep their names and indices; the loss of a split output layer is added at the end. */
final class MultiLayerWrapping extends Wrapping<MultiLayerNetwork> {
  private final MultiLayerConfiguration baseConf;
  private final MultiLayerNetwork wrapped;

  MultiLayerWrapping(MultiLayerNetwork base, AdapterPlan plan) {
    List<NetworkLayer> baseLayers = NetworkLayer.of(base);
    this.baseConf = fresh(base.getLayerWiseConfigurations().clone());
    List<NamedLayer> layers = layers(baseConf, baseLayers);
    List<Decision> decisions = plan.decide(layers);
    requireTraining(decisions);
    MultiLayerConfiguration conf = baseConf.clone();
    List<NeuralNetConfiguration> confs = new ArrayList<>();
    boolean trainedBelow = false;
    for (int i = 0; i < layers.size(); i++) {
      boolean backprop = trainedBelow || decisions.get(i).action() != Decision.Action.FREEZE;
      // DL4J's preprocessors fail on a missing gradient.
      boolean inputGradient = trainedBelow || conf.getInputPreProcess(i) != null;
      Layer layer =
          replace(
              layers.get(i).name(),
              layers.get(i),
              decisions.get(i),
              plan,
              baseLayers.get(i).parameters(),
              new Reach(backprop, inputGradient));
      confs.add(with(conf.getConf(i), layer));
      if (isSplit(layers.get(i), decisions.get(i))) {
        confs.add(with(conf.getConf(i), BaseLayers.loss((OutputLayer) layers.get(i).layer())));
      }
      trainedBelow = backprop;
    }
    conf.setConfs(confs);
    this.wrapped = new MultiLayerNetwork(conf);
    wrapped.init();
    copyParameters(baseLayers);
  }

  private static List<NamedLayer> layers(MultiLayerConfiguration conf, List<NetworkLayer> base) {
    List<String> names = LayerNames.of(conf);
    List<NamedLayer> layers = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Layer layer = conf.getConf(i).getLayer();
      layers.add(
          named(LayerNames.aliases(names, i, layer), layer, base.get(i).parameters(), false));
    }
    return layers;
  }

  static NamedLayer named(
      List<String> names, Layer layer, Map<String, INDArray> parameters, boolean frozen) {
    Layer conf = BaseConfs.unfrozen(layer);
    return new NamedLayer(
        names, conf, BaseLayers.weights(conf, parameters), frozen || BaseConfs.isFrozen(layer));
  }

  private static MultiLayerConfiguration fresh(MultiLayerConfiguration conf) {
    conf.setIterationCount(0);
    conf.setEpochCount(0);
    return conf;
  }

  static NeuralNetConfiguration with(NeuralNetConfiguration conf, Layer layer) {
    NeuralNetConfiguration changed = conf.clone();
    changed.clearVariables();
    changed.setLayer(layer);
    return changed;
  }

  @Override
  MultiLayerNetwork wrapped() {
    return wrapped;
  }

  @Override
  MultiLayerNetwork plain() {
    MultiLayerNetwork plain = new MultiLayerNetwork(baseConf.clone());
    plain.init();
    return plain;
  }

  @Override
  List<NetworkLayer> layers(MultiLayerNetwork network) {
    return NetworkLayer.of(network);
  }

  @Override
  ParameterCount parameters() {
    return ParameterCount.of(wrapped);
  }

  @Override
  Adapter adapter() {
    return Adapter.of(wrapped);
  }

  @Override
  String wrappedName(String name) {
    return name;
  }
}
