// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * Compares a network's gradient with central differences along random directions through all
 * parameters at once: a few forward passes, where DL4J's {@code GradientCheckUtil} needs two for
 * every number that it compares. An error in any number of the gradient shows, since each has its
 * part in each direction.
 *
 * <p>In double precision, with an updater that leaves the gradient alone.
 */
public final class DirectionalGradients {
  private static final int DIRECTIONS = 2;

  /** Larger ones differ by the third derivative, smaller ones by rounding: both by 1e-9 here. */
  private static final double STEP = 3e-7;

  private static final double TOLERANCE = 1e-8;

  private final ComputationGraph graph;
  private final MultiDataSet data;
  private final INDArray gradient;
  private final double norm;

  private DirectionalGradients(ComputationGraph graph, MultiDataSet data) {
    this.graph = graph;
    this.data = data;
    graph.setInputs(data.getFeatures());
    graph.setLabels(data.getLabels());
    graph.setLayerMaskArrays(data.getFeaturesMaskArrays(), data.getLabelsMaskArrays());
    graph.computeGradientAndScore();
    // As training does it, since the updater divides by the size of the batch.
    graph
        .getUpdater()
        .update(
            graph.gradient(),
            0,
            0,
            Math.toIntExact(data.getFeatures(0).size(0)),
            LayerWorkspaceMgr.noWorkspaces());
    gradient = graph.gradient().gradient().dup();
    norm = gradient.norm2Number().doubleValue();
  }

  /** Fails where the gradient differs by more than 1e-8 of its norm, and names the parameters. */
  public static void check(ComputationGraph graph, MultiDataSet data) {
    DirectionalGradients check = new DirectionalGradients(graph, data);
    assertEquals(graph.params().length(), check.gradient.length());
    assertTrue(check.norm > 1e-3, "the gradient is nearly zero: " + check.norm);
    for (int i = 0; i < DIRECTIONS; i++) {
      INDArray direction = check.direction(i);
      if (check.differs(direction)) {
        fail("wrong gradients of " + check.wrongParameters(direction));
      }
    }
  }

  private INDArray direction(int seed) {
    return Normals.of(gradient.dataType(), 20 + seed, gradient.shape());
  }

  private boolean differs(INDArray direction) {
    double expected = (score(direction, STEP) - score(direction, -STEP)) / (2 * STEP);
    double found = gradient.mul(direction).sumNumber().doubleValue();
    return !(Math.abs(expected - found) <= TOLERANCE * norm);
  }

  private double score(INDArray direction, double step) {
    INDArray params = graph.params();
    INDArray before = params.dup();
    params.addi(direction.mul(step));
    double score = graph.score(data, true);
    params.assign(before);
    return score;
  }

  /** Those with an error of their own, found one at a time. */
  private List<String> wrongParameters(INDArray direction) {
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, INDArray> parameter : graph.paramTable().entrySet()) {
      INDArray all = graph.params();
      INDArray before = all.dup();
      all.assign(0);
      parameter.getValue().assign(1);
      INDArray part = all.mul(direction);
      all.assign(before);
      if (differs(part)) {
        wrong.add(parameter.getKey());
      }
    }
    return wrong;
  }
}
