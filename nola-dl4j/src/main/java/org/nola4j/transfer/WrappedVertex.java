// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.conf.misc.DummyConfig;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseWrapperVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.wrapped.SameDiffGradients;

/**
 * A vertex of a trained graph that has parameters, which are frozen and kept outside the network's,
 * or continue to be trained; or a SameDiff vertex without parameters. {@link SameDiffGradients} are
 * corrected.
 */
final class WrappedVertex extends GraphVertex {
  private final GraphVertex base;
  private final Map<String, FrozenParameter> frozenParameters;

  /**
   * A vertex.
   *
   * @param base its configuration
   * @param frozenParameters all its parameters, or none where they are trained
   */
  @JsonCreator
  WrappedVertex(
      @JsonProperty("base") GraphVertex base,
      @JsonProperty("frozenParameters") Map<String, FrozenParameter> frozenParameters) {
    this.base = base;
    this.frozenParameters =
        frozenParameters == null
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(frozenParameters));
  }

  /** The configuration of the vertex of the trained graph. */
  public GraphVertex getBase() {
    return base;
  }

  /** Its parameters where they are frozen. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public Map<String, FrozenParameter> getFrozenParameters() {
    return frozenParameters;
  }

  @Override
  public GraphVertex clone() {
    return new WrappedVertex(VertexSettings.copy(base), frozenParameters);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WrappedVertex that
        && base.equals(that.base)
        && frozenParameters.equals(that.frozenParameters);
  }

  @Override
  public int hashCode() {
    return frozenParameters.hashCode();
  }

  @Override
  public long numParams(boolean backprop) {
    return frozenParameters.isEmpty() ? base.numParams(backprop) : 0;
  }

  @Override
  public int minVertexInputs() {
    return base.minVertexInputs();
  }

  @Override
  public int maxVertexInputs() {
    return base.maxVertexInputs();
  }

  @Override
  public InputType getOutputType(int layerIndex, InputType... inputs) {
    return base.getOutputType(layerIndex, inputs);
  }

  @Override
  public MemoryReport getMemoryReport(InputType... inputs) {
    return base.getMemoryReport(inputs);
  }

  @Override
  public void setDataType(DataType type) {
    base.setDataType(type);
  }

  @Override
  public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray paramsView,
      boolean initializeParams,
      DataType type) {
    if (frozenParameters.isEmpty()) {
      return new CorrectedVertex(
          base.instantiate(graph, name, index, paramsView, initializeParams, type));
    }
    INDArray own = HostArrays.allocate(type, base.numParams(true));
    return new HeldVertex(held(graph, name, index, own, type), own);
  }

  private org.deeplearning4j.nn.graph.vertex.GraphVertex held(
      ComputationGraph graph, String name, int index, INDArray parameters, DataType type) {
    org.deeplearning4j.nn.graph.vertex.GraphVertex vertex =
        base.instantiate(graph, name, index, parameters, false, type);
    frozenParameters.forEach(
        (key, parameter) -> parameter.writeTo(vertex.paramTable(false).get(key)));
    return vertex;
  }

  /** The parameters that are kept outside a graph's. */
  Map<String, INDArray> parameters(ComputationGraph graph, String name) {
    DataType type = graph.getConfiguration().getDataType();
    return held(graph, name, 0, HostArrays.allocate(type, base.numParams(true)), type)
        .paramTable(false);
  }

  private static class CorrectedVertex extends BaseWrapperVertex {
    CorrectedVertex(org.deeplearning4j.nn.graph.vertex.GraphVertex vertex) {
      super(vertex);
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaces) {
      if (SameDiffGradients.areDoubled(underlying)) {
        underlying.setEpsilon(SameDiffGradients.halved(underlying.getEpsilon(), workspaces));
      }
      return underlying.doBackward(tbptt, workspaces);
    }
  }

  /** Towards the graph it has no parameters. */
  private static final class HeldVertex extends CorrectedVertex {
    private final INDArray parameters;
    private INDArray gradients;

    HeldVertex(org.deeplearning4j.nn.graph.vertex.GraphVertex vertex, INDArray parameters) {
      super(vertex);
      this.parameters = parameters;
    }

    /** Parameters must have a gradient, which is not used. */
    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaces) {
      if (gradients == null) {
        gradients = HostArrays.allocate(parameters.dataType(), parameters.length());
        underlying.setBackpropGradientsViewArray(gradients);
      }
      return new Pair<>(new DefaultGradient(), super.doBackward(tbptt, workspaces).getSecond());
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
      return underlying.doForward(false, workspaces);
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray view) {}

    @Override
    public INDArray getGradientsViewArray() {
      return null;
    }

    @Override
    public INDArray params() {
      return null;
    }

    @Override
    public long numParams() {
      return 0;
    }

    @Override
    public Map<String, INDArray> paramTable(boolean backpropOnly) {
      return Map.of();
    }

    @Override
    public TrainingConfig getConfig() {
      return new DummyConfig(getVertexName());
    }
  }
}
