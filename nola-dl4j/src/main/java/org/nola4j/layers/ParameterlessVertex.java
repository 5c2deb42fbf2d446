// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import java.util.Arrays;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.runtime.Inputs;

/** Configuration of a vertex that has no parameters and refuses masks. */
abstract class ParameterlessVertex extends GraphVertex {
  private final int inputs;

  ParameterlessVertex(int inputs) {
    this.inputs = inputs;
  }

  /** A function with its gradient and its own state for one runtime vertex. */
  interface Function {
    INDArray forward(INDArray[] inputs, boolean training, LayerWorkspaceMgr workspaces);

    INDArray[] backward(INDArray[] inputs, INDArray epsilon, LayerWorkspaceMgr workspaces);
  }

  abstract Function function(DataType type);

  @Override
  public final long numParams(boolean backprop) {
    return 0;
  }

  @Override
  public final int minVertexInputs() {
    return inputs;
  }

  @Override
  public final int maxVertexInputs() {
    return inputs;
  }

  @Override
  public final org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray paramsView,
      boolean initializeParams,
      DataType type) {
    return new RuntimeVertex(graph, name, index, type, function(type));
  }

  @Override
  public final MemoryReport getMemoryReport(InputType... inputTypes) {
    return new LayerMemoryReport.Builder(
            null, getClass(), inputTypes[0], getOutputType(-1, inputTypes))
        .standardMemory(0, 0)
        .workingMemory(0, 0, 0, 0)
        .cacheMemory(0, 0)
        .build();
  }

  @SuppressWarnings("overrides") // DL4J's class overrides varargs by an array
  private static final class RuntimeVertex extends BaseGraphVertex {
    private final transient Function function;

    RuntimeVertex(
        ComputationGraph graph, String name, int index, DataType type, Function function) {
      super(graph, name, index, null, null, type);
      this.function = function;
    }

    @Override
    public String toString() {
      return "vertex \"" + vertexName + "\"";
    }

    @Override
    public boolean hasLayer() {
      return false;
    }

    @Override
    public Layer getLayer() {
      return null;
    }

    @Override
    public void setInput(int number, INDArray input, LayerWorkspaceMgr workspaces) {
      super.setInput(number, Inputs.cast(input, dataType, workspaces), workspaces);
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
      if (!canDoForward()) {
        throw new IllegalStateException("Cannot do forward pass: inputs not set");
      }
      return function.forward(inputs, training, workspaces);
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaces) {
      if (!canDoBackward()) {
        throw new IllegalStateException("Cannot do backward pass: errors not set");
      }
      return new Pair<>(null, function.backward(inputs, epsilon, workspaces));
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray view) {
      if (view != null) {
        throw new IllegalStateException("vertex \"" + vertexName + "\" has no parameters");
      }
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArrays(
        INDArray[] masks, MaskState state, int minibatchSize) {
      if (masks != null && Arrays.stream(masks).anyMatch(Objects::nonNull)) {
        throw new UnsupportedOperationException(
            "vertex \"" + vertexName + "\" does not support masks: give inputs without a mask");
      }
      return new Pair<>(null, state);
    }
  }
}
