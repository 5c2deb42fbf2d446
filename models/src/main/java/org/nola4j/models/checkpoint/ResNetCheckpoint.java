// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.io.FileFormatException;
import org.nola4j.layers.NolaConv;
import org.nola4j.layers.NolaDense;
import org.nola4j.models.checkpoint.StoredTensor.Layout;
import org.nola4j.safetensors.SafetensorsFile;

/**
 * Weights that PyTorch trained, for a {@link org.nola4j.models.ResNet20} or {@link
 * org.nola4j.models.ResNet18} with dense weights: a safetensors file under the names of torchvision
 * ({@code layer1.0.conv1.weight}, {@code fc.weight}) or of the usual ResNet20 for CIFAR-10, whose
 * last layer is {@code linear}; F32, F16 or BF16.
 *
 * <pre>{@code
 * ComputationGraph network = ResNet20.builder().plan(ReparameterizationPlan.dense()).build().init();
 * ResNetCheckpoint.read(Path.of("resnet20.safetensors"), network);
 * }</pre>
 */
public final class ResNetCheckpoint {
  /** [out, in, height, width] there, [out, height, in, width] in {@link NolaConv}'s matrix. */
  private static final int KERNEL_AXES = 4;

  private final SafetensorsFile file;

  /** Names in the file by {@linkplain ResNetNaming#plain plain} ones. */
  private final Map<String, String> names = new LinkedHashMap<>();

  private ResNetCheckpoint(SafetensorsFile file) {
    this.file = file;
    for (String name : file.tensors().keySet()) {
      if (!ResNetNaming.isCounter(name)) {
        names.put(ResNetNaming.plain(name), name);
      }
    }
  }

  /**
   * Copies all weights and the running statistics of the batch normalizations into a network.
   *
   * @throws CheckpointMismatchException naming all tensors that are missing, too many or of another
   *     shape; nothing is changed then
   * @throws FileFormatException if it is no safetensors file, has no residual network, or a tensor
   *     has NaN or infinity; nothing is changed then
   * @throws IllegalArgumentException if a weight is not dense
   */
  public static void read(Path path, ComputationGraph network) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      new ResNetCheckpoint(file).readInto(network);
    }
  }

  private void readInto(ComputationGraph network) throws IOException {
    if (!names.containsKey(ResNetNaming.STEM)) {
      throw new FileFormatException(
          file.name(),
          "a residual network, with tensor \"" + ResNetNaming.STEM + "\"",
          "[" + NameList.first(names.keySet()) + "]",
          "pass another file");
    }
    List<StoredTensor> tensors = tensors(network.getConfiguration());
    check(tensors);
    DenseNetwork dense = new DenseNetwork("ResNet", network);
    List<INDArray> targets =
        tensors.stream().map(tensor -> dense.array(tensor.parameters().get(0))).toList();
    List<INDArray> values = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      values.add(values(tensors.get(i), targets.get(i)));
    }
    for (int i = 0; i < targets.size(); i++) {
      targets.get(i).assign(values.get(i));
    }
  }

  /** Those of a network, layer by layer. */
  private List<StoredTensor> tensors(ComputationGraphConfiguration conf) {
    List<StoredTensor> tensors = new ArrayList<>();
    conf.getVertices()
        .forEach(
            (name, vertex) -> {
              if (vertex instanceof LayerVertex layer) {
                tensors.addAll(tensors(name, layer.getLayerConf().getLayer()));
              }
            });
    return tensors;
  }

  private List<StoredTensor> tensors(String name, Layer layer) {
    if (layer instanceof NolaConv convolution) {
      List<StoredTensor> tensors = new ArrayList<>();
      tensors.add(ResNetNaming.kernel(name, convolution));
      tensors.addAll(ResNetNaming.norm(name, convolution.getNOut()));
      return tensors;
    }
    return layer instanceof NolaDense dense
        ? ResNetNaming.classifier(name, dense, names.keySet())
        : List.of();
  }

  private void check(List<StoredTensor> tensors) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    names.forEach((plain, name) -> shapes.put(plain, file.info(name).shape()));
    CheckpointChecks.requireSame(
        file.name(),
        shapes,
        tensors,
        "pass the file of such a network, or build it by the file's sizes");
  }

  private INDArray values(StoredTensor tensor, INDArray to) throws IOException {
    float[] values = file.floats(names.get(tensor.name()));
    CheckpointChecks.requireFinite(file.name(), tensor.name(), 0, values);
    INDArray array = Nd4j.createFromArray(values).castTo(to.dataType());
    if (tensor.layout() == Layout.TRANSPOSED) {
      return array.reshape('c', to.size(1), to.size(0)).transpose();
    }
    long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    INDArray stored = array.reshape('c', shape);
    INDArray ordered = shape.length == KERNEL_AXES ? stored.permute(0, 2, 1, 3) : stored;
    return ordered.dup('c').reshape('c', to.shape());
  }
}
