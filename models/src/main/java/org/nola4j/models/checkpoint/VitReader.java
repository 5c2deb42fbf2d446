// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.StoredTensor.Layout;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.TensorInfo;

/** Reads the tensors of a vision transformer's file into a network, after checking all of them. */
final class VitReader {
  /** Numbers in memory at a time. */
  private static final int PART = 1 << 18;

  private final SafetensorsFile file;
  private final VitNaming naming;
  private final VitDimensions dimensions;

  /** Null if the file does not have it. */
  private final PositionGrid grid;

  private final long positions;

  VitReader(SafetensorsFile file, VitNaming naming, VitDimensions dimensions, PositionGrid grid) {
    this.file = file;
    this.naming = naming;
    this.dimensions = dimensions;
    this.grid = grid;
    this.positions = file.info(naming.positions()).shape().get(1);
  }

  /** Like {@code VitCheckpoint.readInto}. */
  void readInto(ComputationGraph network, boolean newHead) throws IOException {
    VitNetwork to = new VitNetwork(network);
    List<StoredTensor> tensors = new ArrayList<>(naming.tensors(to.dimensions()));
    if (newHead) {
      tensors.removeIf(tensor -> tensor.isOf(VisionTransformer.HEAD));
    }
    check(tensors, newHead);
    Map<StoredTensor, List<INDArray>> arrays = new LinkedHashMap<>();
    for (StoredTensor tensor : tensors) {
      arrays.put(tensor, tensor.parameters().stream().map(to::array).toList());
    }
    for (StoredTensor tensor : tensors) {
      requireFinite(tensor.name());
      if (scale(tensor) != null) {
        requireFinite(scale(tensor));
      }
    }
    for (Map.Entry<StoredTensor, List<INDArray>> entry : arrays.entrySet()) {
      read(entry.getKey(), entry.getValue(), to.grid());
    }
  }

  FileFormatException noSquare() {
    return new FileFormatException(
        file.name(),
        "positions of a square grid of patches, with or without the class token, in \""
            + naming.positions()
            + "\"",
        grid == null
            ? positions + " positions"
            : "those of " + grid.height() + " x " + grid.width() + " patches",
        "build the network yourself and call trainedFor with the image size of the file's model");
  }

  /** Rejects what the network cannot have, with a clearer message than a list of tensors. */
  private void requireSupported() {
    TensorInfo registers = file.tensors().get(VitNaming.REGISTERS);
    if (registers != null) {
      throw new FileFormatException(
          file.name(),
          "a vision transformer without register tokens",
          "tensor \"%s\" %s".formatted(VitNaming.REGISTERS, registers.shape()),
          "register tokens are not supported: pass a model without them");
    }
    boolean classPosition = grid == null || positions == grid.patches() + 1;
    if (!classPosition && !file.tensors().containsKey(naming.classToken())) {
      throw new FileFormatException(
          file.name(),
          "a vision transformer with a class token, \"" + naming.classToken() + "\"",
          "one for patches only",
          "such models are not supported: pass one with a class token");
    }
  }

  private void requireFinite(String tensor) throws IOException {
    long elements = file.info(tensor).elements();
    for (long from = 0; from < elements; from += PART) {
      float[] values = new float[(int) Math.min(PART, elements - from)];
      file.read(tensor, from, values);
      CheckpointChecks.requireFinite(file.name(), tensor, from, values);
    }
  }

  /** The tensor that scales the output of a linear layer; null if the file has none. */
  private String scale(StoredTensor tensor) {
    return naming.layerScale(tensor.name()).filter(file.tensors()::containsKey).orElse(null);
  }

  void check(List<StoredTensor> tensors, boolean newHead) {
    requireSupported();
    Set<String> surplus = new LinkedHashSet<>(file.tensors().keySet());
    List<String> missing = new ArrayList<>();
    List<String> different = new ArrayList<>();
    for (StoredTensor tensor : tensors) {
      TensorInfo info = file.tensors().get(tensor.name());
      surplus.remove(tensor.name());
      if (info == null) {
        missing.add(tensor.name());
      } else if (!info.type().isFloat() || !fits(tensor, info.shape())) {
        different.add(
            "%s (%s %s instead of %s)"
                .formatted(tensor.name(), info.type(), info.shape(), tensor.shape()));
      }
      checkScale(tensor, surplus, different);
    }
    if (newHead) {
      surplus.remove(naming.headWeight());
      surplus.remove(naming.headBias());
    }
    if (!missing.isEmpty() || !surplus.isEmpty() || !different.isEmpty()) {
      boolean headsDiffer = !newHead && surplus.isEmpty() && isHeads(missing) && isHeads(different);
      throw new CheckpointMismatchException(
          file.name(),
          missing,
          List.copyOf(surplus),
          different,
          headsDiffer ? "read it with a new head" : remedy(missing, surplus));
    }
  }

  private String remedy(List<String> missing, Set<String> surplus) {
    Set<String> own =
        naming.tensors(dimensions).stream()
            .map(StoredTensor::name)
            .collect(Collectors.toUnmodifiableSet());
    if (!own.containsAll(surplus)) {
      return "VisionTransformer has no such parts: pass a model without them";
    }
    if (missing.stream().anyMatch(own::contains)) {
      return "part of the model is missing: copy or download the file again";
    }
    return "build the network with the file's sizes, " + dimensions;
  }

  private void checkScale(StoredTensor tensor, Set<String> surplus, List<String> different) {
    String scale = scale(tensor);
    if (scale != null && surplus.remove(scale)) {
      TensorInfo info = file.info(scale);
      List<Long> shape = List.of(tensor.shape().get(0));
      if (!info.type().isFloat() || !info.shape().equals(shape)) {
        different.add(
            "%s (%s %s instead of %s)".formatted(scale, info.type(), info.shape(), shape));
      }
    }
  }

  private boolean isHeads(List<String> tensors) {
    return tensors.stream()
        .allMatch(
            tensor ->
                tensor.startsWith(naming.headWeight()) || tensor.startsWith(naming.headBias()));
  }

  /** Positions may have any known grid. */
  private boolean fits(StoredTensor tensor, List<Long> shape) {
    if (tensor.layout() != Layout.POSITIONS) {
      return shape.equals(tensor.shape());
    }
    if (grid == null) {
      throw noSquare();
    }
    return shape.equals(List.of(1L, shape.get(1), tensor.shape().get(2)));
  }

  private void read(StoredTensor tensor, List<INDArray> arrays, PositionGrid imageGrid)
      throws IOException {
    long from = 0;
    for (INDArray array : arrays) {
      switch (tensor.layout()) {
        case SAME, COLUMNS -> {
          float[] values = new float[(int) array.length()];
          file.read(tensor.name(), from, values);
          assign(array, values, array.shape());
        }
        case TRANSPOSED -> readTransposed(tensor.name(), from, array);
        case POSITIONS -> readPositions(tensor.name(), array, imageGrid);
      }
      if (scale(tensor) != null) {
        INDArray scale = Nd4j.createFromArray(file.floats(scale(tensor)));
        array.muliRowVector(scale.castTo(array.dataType()));
      }
      from += array.length();
    }
  }

  /** Reads rows of a file's matrix, [outputs, inputs], as columns. */
  private void readTransposed(String tensor, long from, INDArray to) throws IOException {
    int inputs = (int) to.size(0);
    int outputs = (int) to.size(1);
    int step = Math.max(1, PART / inputs);
    for (int first = 0; first < outputs; first += step) {
      int end = Math.min(outputs, first + step);
      float[] rows = new float[(end - first) * inputs];
      file.read(tensor, from + (long) first * inputs, rows);
      INDArray columns = to.get(NDArrayIndex.all(), NDArrayIndex.interval(first, end)); // a view
      columns.assign(
          Nd4j.createFromArray(rows)
              .reshape('c', end - first, inputs)
              .transpose()
              .castTo(to.dataType()));
    }
  }

  private void readPositions(String tensor, INDArray to, PositionGrid imageGrid)
      throws IOException {
    float[] stored = file.floats(tensor);
    int width = dimensions.width();
    float[] positions = new float[(grid.patches() + 1) * width];
    System.arraycopy(stored, 0, positions, positions.length - stored.length, stored.length);
    assign(to, PositionResampling.resample(positions, 1, width, grid, imageGrid), to.shape());
  }

  private static void assign(INDArray to, float[] values, long[] shape) {
    to.assign(Nd4j.createFromArray(values).reshape('c', shape).castTo(to.dataType()));
  }
}
