// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.internal.wrapped.BaseConfs;
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
    List<Map<String, INDArray>> parameters = new ArrayList<>();
    List<NamedLayer> layers = layers(base, baseLayers, parameters);
    List<Decision> decisions = plan.decide(layers);
    requireTraining(decisions, plan);
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
              parameters.get(i),
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
    copyParameters();
  }

  /** The layers as a plan sees them; their parameters are added to a list. */
  private List<NamedLayer> layers(
      MultiLayerNetwork base, List<NetworkLayer> own, List<Map<String, INDArray>> parameters) {
    List<String> names = LayerNames.of(baseConf);
    List<NamedLayer> layers = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Layer layer = baseConf.getConf(i).getLayer();
      parameters.add(parameters(layer, own.get(i).parameters(), base.getLayer(i)));
      layers.add(
          named(
              LayerNames.aliases(names, i, layer),
              layer,
              parameters.get(i),
              own.get(i).parameters(),
              false));
    }
    return layers;
  }

  /** The parameters of a layer, or, where its weights are computed, of the one inside. */
  static Map<String, INDArray> parameters(
      Layer conf, Map<String, INDArray> own, org.deeplearning4j.nn.api.Layer layer) {
    return Wrapped.of(conf, own) == null ? own : Wrapped.parameters(layer);
  }

  static NamedLayer named(
      List<String> names,
      Layer layer,
      Map<String, INDArray> parameters,
      Map<String, INDArray> own,
      boolean frozen) {
    Layer conf = Wrapped.inside(layer);
    Wrapped wrapped = Wrapped.of(layer, own);
    return new NamedLayer(
        names,
        conf,
        BaseLayers.weights(conf, parameters),
        frozen || wrapped != null || BaseConfs.isFrozen(layer),
        wrapped);
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
  MultiLayerNetwork unwrapped() {
    MultiLayerConfiguration conf = baseConf.clone();
    List<String> names = LayerNames.of(baseConf);
    List<NeuralNetConfiguration> confs = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      NeuralNetConfiguration each = conf.getConf(i);
      boolean lossOfSplit =
          !confs.isEmpty()
              && each.getLayer() instanceof LossLayer
              && isLinear(conf.getConf(confs.size() - 1).getLayer());
      if (!lossOfSplit) {
        confs.add(with(each, unwrapped(names.get(i), each.getLayer())));
      }
    }
    conf.setConfs(confs);
    MultiLayerNetwork plain = new MultiLayerNetwork(conf);
    plain.init();
    return plain;
  }

  @Override
  String unwrappedName(String name) {
    return name;
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
