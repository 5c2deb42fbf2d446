// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.layers.samediff.SameDiffGraphVertex;
import org.deeplearning4j.nn.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DL4J 1.0.0-M2.1 doubles all gradients of its SameDiff layers and vertices ({@code
 * ExternalErrorsFunction} adds its placeholder twice). A backward pass is linear in its epsilon, so
 * halving it, which is exact, corrects all of them.
 */
public final class SameDiffGradients {
  private SameDiffGradients() {}

  /** Whether gradients of a layer, or of the one in its wrappers, come out doubled. */
  static boolean areDoubled(Layer layer) {
    if (layer instanceof BaseWrapperLayer wrapper) {
      return areDoubled(wrapper.getUnderlying());
    }
    return layer instanceof SameDiffLayer;
  }

  public static boolean areDoubled(GraphVertex vertex) {
    return vertex instanceof SameDiffGraphVertex;
  }

  /** The corrected epsilon for such a layer or vertex. */
  public static INDArray halved(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    return workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon).muli(0.5);
  }
}
