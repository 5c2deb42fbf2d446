// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.layers.samediff.DL4JSameDiffMemoryMgr;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.autodiff.util.SameDiffUtils;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.ExternalErrorsFunction;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.internal.weights.MaterializedFactor;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * A layer computed by its SameDiff graph, over factors, with W0 and frozen parameters as constants.
 *
 * <p>Gradients of DL4J 1.0.0-M2.1 come out doubled, because {@code ExternalErrorsFunction} adds its
 * placeholder twice; the epsilon is halved, which is exact. A test pins the defect.
 */
@SuppressWarnings("try") // scopes of workspaces are opened and closed, not used
final class GraphComputation implements DirectComputation {
  private static final String INPUT = "input";

  private final ReparameterizedLayer layer;
  private final DataType type;
  private SameDiff graph;
  private String output;
  private ExternalErrorsFunction errors;

  GraphComputation(ReparameterizedLayer layer, DataType type) {
    this.layer = layer;
    this.type = type;
  }

  @Override
  public INDArray forward(
      INDArray input,
      Arrays arrays,
      INDArray mask,
      boolean training,
      LayerWorkspaceMgr workspaces) {
    build(input, arrays);
    manageMemory(graph, workspaces, ArrayType.FF_WORKING_MEM, ArrayType.ACTIVATIONS);
    INDArray result = graph.output(Map.of(INPUT, input), output).get(output);
    INDArray activations = workspaces.dup(ArrayType.ACTIVATIONS, result);
    clear();
    return activations;
  }

  @Override
  public INDArray backward(
      INDArray input,
      INDArray epsilon,
      Arrays arrays,
      INDArray mask,
      LayerWorkspaceMgr workspaces) {
    build(input, arrays);
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      if (!graph.hasGradientFunction()) {
        graph.createGradFunction(INPUT);
      }
    }
    manageMemory(
        graph.getFunction("grad"), workspaces, ArrayType.BP_WORKING_MEM, ArrayType.ACTIVATION_GRAD);
    INDArray half = workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon).muli(0.5);
    Map<String, INDArray> targets = trained(arrays, true);
    List<String> wanted = new ArrayList<>(targets.keySet());
    wanted.add(INPUT);
    Map<String, INDArray> gradients =
        graph.calculateGradients(
            Map.of(INPUT, input, errors.getGradPlaceholderName(), half), wanted);
    targets.forEach((name, target) -> target.assign(gradients.get(name)));
    INDArray below = workspaces.dup(ArrayType.ACTIVATION_GRAD, gradients.get(INPUT));
    clear();
    return below;
  }

  /** The trained arrays of the graph, or their gradients, by name. */
  private static Map<String, INDArray> trained(Arrays arrays, boolean gradients) {
    Map<String, INDArray> trained = new LinkedHashMap<>();
    for (MaterializedWeight weight : arrays.weights()) {
      for (MaterializedFactor factor : weight.factors()) {
        trained.put(factor.name(), gradients ? factor.gradient() : factor.elements());
      }
    }
    (gradients ? arrays.gradients() : arrays.parameters()).forEach(trained::put);
    return trained;
  }

  private void build(INDArray input, Arrays arrays) {
    if (graph != null) {
      return;
    }
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      graph = SameDiff.create();
      // Variables are views of arrays that others change.
      graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
      long[] shape = input.shape().clone();
      shape[0] = -1;
      SDVariable x = graph.placeHolder(INPUT, type, shape);
      SDVariable y = layer.defineLayer(graph, x, variables(arrays));
      output = y.name();
      associate(arrays);
      errors = SameDiffUtils.externalErrors(graph, null, y);
      errors.outputVariable();
    }
  }

  private Map<String, SDVariable> variables(Arrays arrays) {
    Map<String, SDVariable> variables = new LinkedHashMap<>();
    trained(arrays, false)
        .forEach(
            (name, array) ->
                variables.put(
                    name,
                    layer.getFrozenParameters().containsKey(name)
                        ? graph.constant(name, array)
                        : graph.var(name, type, array.shape())));
    for (MaterializedWeight weight : arrays.weights()) {
      if (weight.frozen() != null) {
        graph.constant(GraphWeight.frozenName(weight.spec()), weight.frozen());
      }
    }
    return variables;
  }

  private void associate(Arrays arrays) {
    trained(arrays, false)
        .forEach(
            (name, array) -> {
              if (!layer.getFrozenParameters().containsKey(name)) {
                graph.associateArrayWithVariable(array, graph.getVariable(name));
              }
            });
  }

  /** Intermediate results and outputs go to DL4J's workspaces. */
  private static void manageMemory(
      SameDiff of, LayerWorkspaceMgr workspaces, ArrayType working, ArrayType result) {
    of.getSessions()
        .computeIfAbsent(
            Thread.currentThread().getId(), id -> SameDiff.getInferenceFactory().create(of))
        .setMmgr(
            new DL4JSameDiffMemoryMgr(
                workspaces.getWorkspaceName(working),
                workspaces.getWorkspaceName(result),
                workspaces.getConfiguration(working),
                workspaces.getConfiguration(result)));
  }

  /** Keeps no reference to a workspace's array. */
  private void clear() {
    graph.clearPlaceholders(true);
    graph.clearOpInputs();
  }
}
