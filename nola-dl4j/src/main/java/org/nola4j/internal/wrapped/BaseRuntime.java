// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.HostArrays;

/**
 * DL4J's own runtime of a layer, on parameters outside any network.
 *
 * <p>Read-only parameters exist once for all networks of the process: 4 bytes per number off the
 * heap.
 */
final class BaseRuntime {
  /** Parameters in use, by their contents; only a few bytes of an entry outlive its array. */
  private static final Map<String, WeakReference<INDArray>> SHARED = new ConcurrentHashMap<>();

  private final Layer layer;
  private final INDArray parameters;
  private final boolean doubled;
  private INDArray gradients;
  private Gradient gradient;

  private int truncation;

  /**
   * @param conf of the layer; it becomes this object's own
   * @param length of all its parameters together
   * @param key key of the parameters' contents if they are read-only; null otherwise
   * @param fill writes the parameters
   */
  BaseRuntime(
      org.deeplearning4j.nn.conf.layers.Layer conf,
      long length,
      String key,
      DataType type,
      Consumer<BaseRuntime> fill) {
    NeuralNetConfiguration network = new NeuralNetConfiguration();
    network.setLayer(conf);
    network.setCacheMode(CacheMode.NONE); // which DL4J's layers take null for another
    conf.setDataType(type);
    INDArray shared = key == null ? null : find(key + type);
    if (length == 0) {
      this.parameters = null;
    } else {
      this.parameters = shared == null ? HostArrays.allocate(type, length) : shared;
    }
    this.layer = conf.instantiate(network, List.of(), 0, parameters, false, type);
    this.doubled = SameDiffGradients.areDoubled(layer);
    if (shared == null) {
      fill.accept(this);
      if (key != null) {
        SHARED.put(key + type, new WeakReference<>(parameters));
      }
    }
  }

  private static INDArray find(String key) {
    WeakReference<INDArray> reference = SHARED.get(key);
    return reference == null ? null : reference.get();
  }

  Layer layer() {
    return layer;
  }

  /** The part with a state across time steps, as networks look for it; or null. */
  RecurrentLayer recurrent() {
    Layer stateful =
        !(layer instanceof RecurrentLayer) && layer instanceof BaseWrapperLayer wrapper
            ? wrapper.getUnderlying()
            : layer;
    return stateful instanceof RecurrentLayer recurrent ? recurrent : null;
  }

  /** A parameter's own array. */
  INDArray parameter(String name) {
    return layer.getParam(name);
  }

  /**
   * DL4J has already moved the input to its workspace; in a graph of several outputs, doing so
   * again fails.
   */
  void setInput(INDArray input) {
    LayerWorkspaceMgr staying = LayerWorkspaceMgr.noWorkspaces();
    if (input.isAttached()) {
      staying.setNoLeverageOverride(input.data().getParentWorkspace().getId());
    }
    layer.setInput(input, staying);
  }

  INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    return layer.activate(training, workspaces);
  }

  /** Runs a backward pass in {@code pass}, truncated to this many time steps. */
  <T> T truncated(int steps, Supplier<T> pass) {
    truncation = steps;
    try {
      return pass.get();
    } finally {
      truncation = 0;
    }
  }

  /** Steps of truncated backpropagation through time in this pass; 0 for all. */
  int truncation() {
    return truncation;
  }

  /**
   * The gradient of the input of the last forward pass; those of the parameters are kept.
   *
   * @param epsilon null where the layer has the network's loss
   */
  INDArray backward(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    if (gradients == null && parameters != null) {
      gradients = HostArrays.allocate(parameters.dataType(), parameters.length());
      layer.setBackpropGradientsViewArray(gradients);
    }
    INDArray corrected = doubled ? SameDiffGradients.halved(epsilon, workspaces) : epsilon;
    Pair<Gradient, INDArray> pass =
        truncation > 0 && layer instanceof RecurrentLayer recurrent
            ? recurrent.tbpttBackpropGradient(corrected, truncation, workspaces)
            : layer.backpropGradient(corrected, workspaces);
    gradient = pass.getFirst();
    return pass.getSecond();
  }

  /** A parameter's gradient of the last backward pass. */
  INDArray gradient(String name) {
    return gradient.getGradientFor(name);
  }
}
