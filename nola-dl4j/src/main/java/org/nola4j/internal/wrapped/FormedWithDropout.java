// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import java.util.List;
import java.util.function.Function;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.weights.AdapterDropout;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * A layer that runs on formed weights, and in training on its input twice: once as it is, with W0,
 * and once without the numbers that dropout takes, with the adapters' changes of the weights. Takes
 * the memory of twice the weights, and of their gradient, beside {@link FormedWeights}.
 */
final class FormedWithDropout implements WrappedPass {
  private final FormedWeights formed;

  /** The layer with twice the inputs. */
  private final BaseRuntime wide;

  private final List<FormedWeights.Weight> weights;
  private final org.deeplearning4j.nn.conf.layers.Layer conf;
  private final AdapterDropout dropout;

  /** What the adapters' input was multiplied with in the last forward pass. */
  private INDArray kept;

  /**
   * @param base with W0s in it
   * @param wideConf of the layer with twice the inputs; it becomes this object's own
   * @param conf of the layer as it is
   */
  FormedWithDropout(
      BaseRuntime base,
      org.deeplearning4j.nn.conf.layers.Layer wideConf,
      org.deeplearning4j.nn.conf.layers.Layer conf,
      List<FormedWeights.Weight> weights,
      AdapterDropout dropout,
      DataType type) {
    this.formed = new FormedWeights(base, weights);
    this.weights = List.copyOf(weights);
    this.conf = conf;
    this.dropout = dropout;
    NeuralNetConfiguration network = new NeuralNetConfiguration();
    network.setLayer(wideConf);
    long length = wideConf.initializer().numParams(network);
    this.wide = new BaseRuntime(wideConf, length, null, type, runtime -> fill(base, runtime));
  }

  /** All parameters as they are, and zeros for the changes. */
  private static void fill(BaseRuntime base, BaseRuntime wide) {
    base.layer()
        .paramTable(false)
        .forEach(
            (name, value) -> {
              INDArray to = wide.parameter(name);
              int axis = WideInput.axisOfWeight(value, to);
              (axis < 0 ? to : WideInput.half(to, axis, 0)).assign(value);
            });
  }

  @Override
  public BaseRuntime base() {
    return formed.base();
  }

  @Override
  public void prepare(Arrays arrays) {
    formed.prepare(arrays);
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    if (!training) {
      kept = null;
      return formed.forward(input, arrays, mask, false, workspaces);
    }
    prepareWide(input, arrays);
    return wide.activate(true, workspaces);
  }

  @Override
  public INDArray forwardFromState(
      INDArray input,
      Arrays arrays,
      boolean training,
      boolean storeLast,
      LayerWorkspaceMgr workspaces) {
    if (!training) {
      kept = null;
      return formed.forwardFromState(input, arrays, false, storeLast, workspaces);
    }
    INDArray both = prepareWide(input, arrays);
    return fromState(layer -> layer.rnnActivateUsingStoredState(both, true, storeLast, workspaces));
  }

  /** Draws what the adapters get, and makes the wide layer ready for a training pass. */
  private INDArray prepareWide(INDArray input, Arrays arrays) {
    dropout.draw();
    kept = dropout.apply(input.like().assign(1));
    writeChanges(arrays);
    Layer layer = wide.layer();
    layer.setInputMiniBatchSize((int) input.size(0));
    layer.setMaskArray(base().layer().getMaskArray());
    INDArray both = wideInput(input);
    wide.setInput(both);
    return both;
  }

  /** Runs the wide layer from the state of the layer as it is, which then has the new one. */
  private <T> T fromState(Function<RecurrentLayer, T> pass) {
    RecurrentLayer own = base().recurrent();
    RecurrentLayer other = wide.recurrent();
    other.rnnSetPreviousState(own.rnnGetPreviousState());
    other.rnnSetTBPTTState(own.rnnGetTBPTTState());
    T result = pass.apply(other);
    own.rnnSetTBPTTState(other.rnnGetTBPTTState());
    return result;
  }

  /** Outside of workspaces, since the backward pass needs it again. */
  @SuppressWarnings("try") // of no use but to be closed
  private INDArray wideInput(INDArray input) {
    try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      return Nd4j.concat(WideInput.axis(conf, input.rank()), input, input.mul(kept));
    }
  }

  private void writeChanges(Arrays arrays) {
    for (int i = 0; i < weights.size(); i++) {
      MaterializedWeight weight = arrays.weights().get(i);
      if (weight.isTrained()) {
        INDArray change = weight.change();
        String name = weights.get(i).name();
        weights.get(i).view().write(change, half(name, wide.parameter(name)));
      }
    }
  }

  /** The half of a wide weight, or of its gradient, that belongs to the adapter. */
  private INDArray half(String name, INDArray wideWeight) {
    int axis = WideInput.axisOfWeight(base().parameter(name), wide.parameter(name));
    return WideInput.half(wideWeight, axis, 1);
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    if (kept == null) {
      return formed.backward(input, epsilon, arrays, mask, workspaces);
    }
    int steps = base().truncation();
    INDArray both =
        steps == 0
            ? wide.backward(epsilon, workspaces)
            : wide.truncated(steps, () -> fromState(layer -> wide.backward(epsilon, workspaces)));
    for (int i = 0; i < weights.size(); i++) {
      MaterializedWeight weight = arrays.weights().get(i);
      if (weight.isTrained()) {
        String name = weights.get(i).name();
        INDArray gradient = half(name, wide.gradient(name).reshape(wide.parameter(name).shape()));
        weights.get(i).view().read(gradient.dup('c'), weight.matrixGradient());
        weight.distributeGradient();
      }
    }
    int axis = WideInput.axis(conf, input.rank());
    INDArray below = workspaces.dup(ArrayType.ACTIVATION_GRAD, WideInput.half(both, axis, 0));
    return below.addi(WideInput.half(both, axis, 1).mul(kept));
  }
}
