// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;

/**
 * Copies of a graph's configuration whose vertices keep how they are trained: DL4J 1.0.0-M2.1's
 * clones of an {@code AttentionVertex} have no updater, so that they cannot be trained, and neither
 * regularization nor gradient normalization. A test pins the defect.
 */
final class VertexSettings {
  private VertexSettings() {}

  static ComputationGraphConfiguration copy(ComputationGraphConfiguration conf) {
    ComputationGraphConfiguration copy = conf.clone();
    conf.getVertices().forEach((name, vertex) -> give(copy.getVertices().get(name), vertex));
    return copy;
  }

  static GraphVertex copy(GraphVertex vertex) {
    GraphVertex copy = vertex.clone();
    give(copy, vertex);
    return copy;
  }

  private static void give(GraphVertex copy, GraphVertex vertex) {
    if (vertex instanceof FrozenVertex frozen) {
      give(((FrozenVertex) copy).getUnderlying(), frozen.getUnderlying());
    } else if (vertex instanceof SameDiffVertex from && copy instanceof SameDiffVertex to) {
      to.setUpdater(from.getUpdater() == null ? null : from.getUpdater().clone());
      to.setBiasUpdater(from.getBiasUpdater() == null ? null : from.getBiasUpdater().clone());
      to.setRegularization(from.getRegularization());
      to.setRegularizationBias(from.getRegularizationBias());
      to.setGradientNormalization(from.getGradientNormalization());
      to.setGradientNormalizationThreshold(from.getGradientNormalizationThreshold());
    }
  }
}
