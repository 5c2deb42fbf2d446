// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.models.checkpoint.StoredTensor.Layout;
import org.nola4j.network.FiniteParameters;
import org.nola4j.network.NetworkLayer;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.NormPosition;

/** Writes a vision transformer to a file. */
final class VitWriter {
  private final ComputationGraph graph;
  private final VitNetwork network;
  private final VitNaming naming;

  VitWriter(ComputationGraph graph, VitNaming naming) {
    this.graph = graph;
    this.network = new VitNetwork(graph);
    this.naming = naming;
  }

  /** Like {@code VitCheckpoint.write}. */
  void write(Path file) throws IOException {
    SafetensorsWriter writer = writer();
    FiniteParameters.require(NetworkLayer.of(graph));
    writer.write(file, metadata());
  }

  /** The size of the file. */
  long bytes() {
    return writer().size(metadata());
  }

  private Map<String, String> metadata() {
    PositionGrid grid = network.grid();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    if (grid.height() != grid.width()) {
      metadata.put(PositionGrid.METADATA, grid.text());
    }
    return metadata;
  }

  private SafetensorsWriter writer() {
    boolean post = network.normPosition() == NormPosition.POST;
    if (post != (naming == VitNaming.TORCH_ENCODER)) {
      throw new IllegalArgumentException(
          "a %s-norm network cannot be written as %s, since readers would assume the other kind: use %s"
              .formatted(
                  post ? "post" : "pre", naming, post ? VitNaming.TORCH_ENCODER : VitNaming.TIMM));
    }
    VitDimensions dimensions = network.dimensions();
    if (dimensions.averaged() && naming != VitNaming.TIMM) {
      throw new IllegalArgumentException(
          "a network that normalizes the mean of its tokens cannot be written as %s, which has no name for that: only %s has"
              .formatted(naming, VitNaming.TIMM));
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    for (StoredTensor tensor : naming.tensors(dimensions)) {
      List<INDArray> arrays = tensor.parameters().stream().map(network::array).toList();
      writer.floats(
          tensor.name(), TensorType.F32, tensor.shape(), () -> values(arrays, tensor.layout()));
    }
    return writer;
  }

  private static float[] values(List<INDArray> arrays, Layout layout) {
    float[] values = new float[arrays.stream().mapToInt(array -> (int) array.length()).sum()];
    int begin = 0;
    for (INDArray array : arrays) {
      INDArray ordered = layout == Layout.TRANSPOSED ? array.transpose() : array;
      float[] part = ordered.dup('c').data().asFloat();
      System.arraycopy(part, 0, values, begin, part.length);
      begin += part.length;
    }
    return values;
  }
}
