// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.bank;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.impl.LayerVertex;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.internal.runtime.ExpandedFactors;
import org.nola4j.internal.runtime.ReparameterizedLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.LayerNames;
import org.nola4j.network.NetworkLayer;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.FrozenWeight;

/**
 * The location of a network's adapter parameters, for both kinds of networks.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
public abstract class ParameterLayout<N> {
  private final N original;

  /** Whether each trained parameter can be quantized. */
  private final List<Boolean> vectors = new ArrayList<>();

  private ParameterLayout(N original, INDArray parameters) {
    this.original = original;
    if (parameters.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "a bank needs a network of DataType.FLOAT, but this one is of " + parameters.dataType());
    }
    List<NetworkLayer.Role> roles = new ArrayList<>();
    forEachParameter(
        original,
        (layer, name, array) -> {
          boolean inserted = !layer.frozenParameters().isEmpty(); // trained beside frozen ones
          roles.add(inserted ? NetworkLayer.Role.COEFFICIENT : layer.roles().get(name));
          vectors.add(layer.vectors().contains(name));
        });
    if (!roles.contains(NetworkLayer.Role.COEFFICIENT)) {
      throw new IllegalArgumentException(
          "the network has no coefficients to switch: wrap it with Adapters.wrap first");
    }
  }

  /** Of a copy of an initialized network of float32. */
  public static ParameterLayout<MultiLayerNetwork> of(MultiLayerNetwork network) {
    return new OfNetwork(network.clone());
  }

  /** As {@link #of(MultiLayerNetwork)}. */
  public static ParameterLayout<ComputationGraph> of(ComputationGraph graph) {
    return new OfGraph(graph.clone());
  }

  abstract N copy(N network);

  /**
   * A new network of the same layers, with other parameters.
   *
   * @param change what is done with the configuration of each of this library's layers, by its name
   */
  abstract N rebuilt(N network, BiConsumer<String, ReparameterizedLayer> change);

  abstract ParameterLayout<N> layout(N network);

  abstract List<NetworkLayer> layers(N network);

  abstract INDArray output(N network, INDArray features);

  abstract void apply(Adapter adapter, N network);

  abstract ExpandedFactors expand(N network);

  abstract void refresh(N network);

  abstract void give(ExpandedFactors factors, N network);

  /**
   * A layer that has trained parameters.
   *
   * @param name for error messages
   * @param layer DL4J's runtime
   * @param replacement replaces it in the network by another runtime
   */
  record TrainedLayer(String name, Layer layer, Consumer<Layer> replacement) {}

  /**
   * The layers with adapter parameters, in the parameters' order.
   *
   * @throws UnsupportedOperationException if anything but a layer has such parameters
   */
  abstract List<TrainedLayer> trainedLayers(N network);

  /** A new copy of the network. */
  final N copy() {
    synchronized (original) {
      return copy(original);
    }
  }

  /** The layout of a network that has an adapter's methods over the frozen weights of this one. */
  final ParameterLayout<N> like(Adapter adapter) {
    Map<String, AdapterLayer> wanted = new LinkedHashMap<>();
    adapter.layers().forEach(layer -> wanted.put(layer.name(), layer));
    N source = copy();
    N network =
        rebuilt(
            source,
            (name, conf) -> {
              if (wanted.containsKey(name)) {
                setMethods(conf, wanted.get(name));
              }
            });
    Map<String, NetworkLayer> targets = new LinkedHashMap<>();
    layers(network).forEach(layer -> targets.put(layer.name(), layer));
    for (NetworkLayer layer : layers(source)) {
      if (layer.frozen()) {
        Map<String, INDArray> to = targets.get(layer.name()).parameters();
        layer.parameters().forEach((name, value) -> to.get(name).assign(value));
      }
    }
    return layout(network);
  }

  /** Leaves weights without W0, whose methods are all that there is of them. */
  private static void setMethods(ReparameterizedLayer layer, AdapterLayer wanted) {
    for (WeightSpec weight : layer.weights()) {
      FrozenWeight w0 = weight.method().w0();
      if (!(w0 instanceof FrozenWeight.None)) {
        layer.setMethod(weight.name(), wanted.weight(weight.name()).method().withW0(w0));
      }
    }
    layer.setSeed(wanted.seed());
    layer.setTiedTo(wanted.tiedTo());
    layer.setCoefficientBits(0); // the numbers are to be used as they are
  }

  /** A network's trained numbers, with coefficients packed to this many bits, or 0 for float32. */
  final StoredAdapter read(N network, int bits) {
    Function<float[], Object> pack = bits == 0 ? values -> values : new Quantizer(bits)::quantize;
    List<Object> stored = new ArrayList<>();
    forEachParameter(
        network,
        (layer, name, array) -> {
          float[] values = array.dup('c').data().asFloat();
          stored.add(vectors.get(stored.size()) ? pack.apply(values) : values);
        });
    return new StoredAdapter(stored.toArray());
  }

  /**
   * The arrays that adapters are written to, views of a network's parameters: to be asked once a
   * network, because finding them takes longer than writing a small adapter.
   */
  final List<INDArray> parameters(N network) {
    List<INDArray> arrays = new ArrayList<>();
    forEachParameter(network, (layer, name, array) -> arrays.add(array));
    return arrays;
  }

  private interface ParameterAction {
    void accept(NetworkLayer layer, String name, INDArray array);
  }

  private void forEachParameter(N network, ParameterAction action) {
    for (NetworkLayer layer : layers(network)) {
      if (isTrained(layer)) {
        layer.parameters().forEach((name, array) -> action.accept(layer, name, array));
      }
    }
  }

  private static boolean isTrained(NetworkLayer layer) {
    return !layer.frozen() && !layer.parameters().isEmpty();
  }

  private static final class OfNetwork extends ParameterLayout<MultiLayerNetwork> {
    OfNetwork(MultiLayerNetwork network) {
      super(network, network.params());
    }

    @Override
    MultiLayerNetwork copy(MultiLayerNetwork network) {
      return network.clone();
    }

    @Override
    MultiLayerNetwork rebuilt(
        MultiLayerNetwork network, BiConsumer<String, ReparameterizedLayer> change) {
      MultiLayerConfiguration conf = network.getLayerWiseConfigurations().clone();
      Iterator<String> names = LayerNames.of(conf).iterator();
      for (NeuralNetConfiguration each : conf.getConfs()) {
        each.clearVariables();
        String name = names.next();
        if (each.getLayer() instanceof ReparameterizedLayer layer) {
          change.accept(name, layer);
        }
      }
      MultiLayerNetwork rebuilt = new MultiLayerNetwork(conf);
      rebuilt.init();
      return rebuilt;
    }

    @Override
    ParameterLayout<MultiLayerNetwork> layout(MultiLayerNetwork network) {
      return new OfNetwork(network);
    }

    @Override
    List<NetworkLayer> layers(MultiLayerNetwork network) {
      return NetworkLayer.of(network);
    }

    @Override
    List<TrainedLayer> trainedLayers(MultiLayerNetwork network) {
      List<TrainedLayer> trained = new ArrayList<>();
      Layer[] layers = network.getLayers();
      List<NetworkLayer> views = layers(network);
      for (int i = 0; i < layers.length; i++) {
        if (isTrained(views.get(i))) {
          int index = i;
          trained.add(
              new TrainedLayer(views.get(i).name(), layers[i], other -> layers[index] = other));
        }
      }
      return trained;
    }

    @Override
    INDArray output(MultiLayerNetwork network, INDArray features) {
      return network.output(features);
    }

    @Override
    public void apply(Adapter adapter, MultiLayerNetwork network) {
      adapter.applyTo(network);
    }

    @Override
    ExpandedFactors expand(MultiLayerNetwork network) {
      return ExpandedFactors.of(network);
    }

    @Override
    void refresh(MultiLayerNetwork network) {
      ExpandedFactors.refresh(network);
    }

    @Override
    void give(ExpandedFactors factors, MultiLayerNetwork network) {
      factors.giveTo(network);
    }
  }

  private static final class OfGraph extends ParameterLayout<ComputationGraph> {
    OfGraph(ComputationGraph graph) {
      super(graph, graph.params());
    }

    @Override
    ComputationGraph copy(ComputationGraph graph) {
      return graph.clone();
    }

    @Override
    ComputationGraph rebuilt(
        ComputationGraph graph, BiConsumer<String, ReparameterizedLayer> change) {
      ComputationGraphConfiguration conf = graph.getConfiguration().clone();
      conf.getVertices()
          .forEach(
              (name, vertex) -> {
                if (vertex instanceof org.deeplearning4j.nn.conf.graph.LayerVertex one) {
                  one.getLayerConf().clearVariables();
                  if (one.getLayerConf().getLayer() instanceof ReparameterizedLayer layer) {
                    change.accept(name, layer);
                  }
                }
              });
      ComputationGraph rebuilt = new ComputationGraph(conf);
      rebuilt.init();
      return rebuilt;
    }

    @Override
    ParameterLayout<ComputationGraph> layout(ComputationGraph graph) {
      return new OfGraph(graph);
    }

    @Override
    List<NetworkLayer> layers(ComputationGraph graph) {
      return NetworkLayer.of(graph);
    }

    @Override
    List<TrainedLayer> trainedLayers(ComputationGraph graph) {
      List<TrainedLayer> trained = new ArrayList<>();
      for (NetworkLayer view : layers(graph)) {
        if (isTrained(view)) {
          if (!(graph.getVertex(view.key()) instanceof LayerVertex vertex)) {
            throw new UnsupportedOperationException(
                "vertex \""
                    + view.name()
                    + "\" has trained parameters: examples of one batch cannot have adapters of"
                    + " their own here, give each adapter a batch");
          }
          trained.add(new TrainedLayer(view.name(), vertex.getLayer(), vertex::setLayer));
        }
      }
      return trained;
    }

    @Override
    INDArray output(ComputationGraph graph, INDArray features) {
      return graph.output(features)[0];
    }

    @Override
    public void apply(Adapter adapter, ComputationGraph graph) {
      adapter.applyTo(graph);
    }

    @Override
    ExpandedFactors expand(ComputationGraph graph) {
      return ExpandedFactors.of(graph);
    }

    @Override
    void refresh(ComputationGraph graph) {
      ExpandedFactors.refresh(graph);
    }

    @Override
    void give(ExpandedFactors factors, ComputationGraph graph) {
      factors.giveTo(graph);
    }
  }
}
