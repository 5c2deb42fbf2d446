// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.MaterializedWeight;

/**
 * A layer computed by a few ND4J operations instead of its graph: the same function, several times
 * faster, since executing a SameDiff graph costs more than the small products in it and repeats the
 * forward pass in the backward one.
 *
 * <p>One instance serves one runtime layer and may keep buffers and the last forward pass.
 */
public interface DirectComputation {
  /**
   * The layer's arrays of one pass.
   *
   * @param weights in the order of the configuration
   * @param parameters the direct parameters by name
   * @param gradients where their gradients are to be written, row-major; nothing for those that are
   *     not trained
   */
  record Arrays(
      List<MaterializedWeight> weights,
      Map<String, INDArray> parameters,
      Map<String, INDArray> gradients) {}

  /** The layer's activations, in DL4J's workspace for activations. */
  INDArray forward(
      INDArray input, Arrays arrays, INDArray mask, boolean training, LayerWorkspaceMgr workspaces);

  /**
   * Writes the gradients of factors and direct parameters into their arrays and returns that of the
   * input, in DL4J's workspace for activation gradients, or null if the configuration says that it
   * is not needed.
   *
   * @param epsilon gradient of the activations; may be overwritten by the activation function's own
   *     backward step
   */
  INDArray backward(
      INDArray input, INDArray epsilon, Arrays arrays, INDArray mask, LayerWorkspaceMgr workspaces);

  /**
   * Whether it multiplies by trained low-rank weights only with {@link
   * org.nola4j.internal.weights.WeightProduct}, with the examples' rows in order, so that one pass
   * can serve examples with different adapters.
   */
  default boolean multipliesByFactors() {
    return false;
  }
}
