package org.nola4j.transfer;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.HostArrays;

/**
 * DL4J's own runtime of a layer, on parameters that no network knows of.
 *
 * <p>Parameters that are never written to exist once for all networks of the process that use them:
 * 4 bytes a number off the heap.
 */
final class BaseRuntime {
  /** Parameters in use, by what is in them; an entry outlives its array by a few bytes only. */
  private static final Map<String, WeakReference<INDArray>> SHARED = new ConcurrentHashMap<>();

  private final Layer layer;
  private final INDArray parameters;
  private INDArray gradients;

  /**
   * @param conf of the layer, without dropout; it becomes this object's own
   * @param length of all its parameters together
   * @param key says what is in the parameters, if they are never to be written; null otherwise
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
    conf.setDataType(type);
    INDArray shared = key == null ? null : find(key + type);
    if (length == 0) {
      this.parameters = null;
    } else {
      this.parameters = shared == null ? HostArrays.allocate(type, length) : shared;
    }
    this.layer = conf.instantiate(network, List.of(), 0, parameters, false, type);
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

  /** A parameter's own array. */
  INDArray parameter(String name) {
    return layer.getParam(name);
  }

  INDArray forward(INDArray input, INDArray mask, boolean training, LayerWorkspaceMgr workspaces) {
    layer.setMaskArray(mask);
    setInput(input);
    return layer.activate(training, workspaces);
  }

  /**
   * DL4J has moved the input to where it belongs already; in a graph of several outputs it fails to
   * do so again.
   */
  private void setInput(INDArray input) {
    LayerWorkspaceMgr staying = LayerWorkspaceMgr.noWorkspaces();
    if (input.isAttached()) {
      staying.setNoLeverageOverride(input.data().getParentWorkspace().getId());
    }
    layer.setInput(input, staying);
  }

  /** The gradient of the input of the last forward pass; those of the parameters are kept. */
  INDArray backward(INDArray input, INDArray epsilon, INDArray mask, LayerWorkspaceMgr workspaces) {
    if (gradients == null && parameters != null) {
      gradients = HostArrays.allocate(parameters.dataType(), parameters.length());
      layer.setBackpropGradientsViewArray(gradients);
    }
    layer.setMaskArray(mask);
    setInput(input);
    INDArray below = layer.backpropGradient(epsilon, workspaces).getSecond();
    layer.clear();
    return below;
  }

  /** A parameter's gradient of the last backward pass. */
  INDArray gradient(String name) {
    ParamInitializer initializer = layer.conf().getLayer().initializer();
    return initializer.getGradientsFromFlattened(layer.conf(), gradients).get(name);
  }
}
