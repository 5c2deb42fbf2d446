// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.network;

import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Float32 networks to be counted, so that large ones can be planned on small machines. Their
 * numbers are arbitrary, but the parameters of a layer differ in the first one, as those of trained
 * layers do: adapters over them have the size that they will have.
 */
public final class PlannedGraph {
  private PlannedGraph() {}

  /** A network whose memory is reserved but hardly touched. */
  public static ComputationGraph of(ComputationGraphConfiguration conf) {
    long numbers =
        conf.getVertices().values().stream().mapToLong(vertex -> vertex.numParams(false)).sum();
    DataBuffer untouched =
        Nd4j.createBuffer(new FloatPointer(numbers), numbers, DataType.FLOAT); // ND4J fills its own
    ComputationGraph graph = new ComputationGraph(conf);
    graph.init(Nd4j.create(untouched, 1, numbers), false);
    for (Layer layer : graph.getLayers()) {
      int place = 0;
      for (INDArray parameter : layer.paramTable(false).values()) {
        parameter.putScalar(0, ++place);
      }
    }
    return graph;
  }
}
