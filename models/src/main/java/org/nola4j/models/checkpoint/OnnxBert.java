// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.CodedInputStream;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.nd4j.shade.protobuf.UnsafeByteOperations;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.Sha256;
import org.nola4j.io.FileFormatException;
import org.nola4j.transformer.MlpActivation;

/**
 * An ONNX graph that PyTorch exported from Hugging Face's {@code BertModel}. Its initializers have
 * the names of {@link BertNaming} but for the weights of linear layers, which the exporter renames:
 * they are found as what is multiplied before the bias of that layer is added.
 */
final class OnnxBert implements BertSource {
  private static final long SIZE_OF_HEAD_SHAPE = 4;
  private static final float[] NONE = {};

  /** What BERT and its poolings are exported to. */
  private static final Set<String> OPERATIONS =
      Set.of(
          "Add",
          "Cast",
          "Clip",
          "Concat",
          "Constant",
          "ConstantOfShape",
          "Div",
          "Equal",
          "Erf",
          "Expand",
          "Gather",
          "Gelu",
          "Identity",
          "LayerNormalization",
          "MatMul",
          "Mul",
          "Pow",
          "Range",
          "ReduceL2",
          "ReduceMean",
          "ReduceSum",
          "Relu",
          "Reshape",
          "Shape",
          "Slice",
          "Softmax",
          "Sqrt",
          "Squeeze",
          "Sub",
          "Tanh",
          "Transpose",
          "Unsqueeze",
          "Where");

  private final String file;
  private final byte[] bytes;
  private final GraphProto graph;
  private final Map<String, TensorProto> initializers = new LinkedHashMap<>();
  private final Map<String, NodeProto> producers = new LinkedHashMap<>();

  /** By the names of {@link BertNaming}. */
  private final Map<String, TensorProto> tensors = new LinkedHashMap<>();

  OnnxBert(byte[] bytes, String file) throws IOException {
    this.file = file;
    this.bytes = bytes;
    this.graph = parse(bytes).getGraph();
    graph.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(output -> producers.put(output, node));
    }
    requireKnownOperations();
    initializers.forEach((name, tensor) -> tensors.put(BertNaming.plain(name), tensor));
    Map<String, String> weights = new LinkedHashMap<>();
    for (int block = 0; has(BertNaming.linearLayers(block).get(0)); block++) {
      BertNaming.linearLayers(block).forEach(layer -> weights.put(layer, weight(layer)));
    }
    weights.values().forEach(name -> tensors.remove(BertNaming.plain(name)));
    weights.forEach((layer, name) -> tensors.put(layer + ".weight", initializers.get(name)));
  }

  private ModelProto parse(byte[] bytes) throws IOException {
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      in.setSizeLimit(Integer.MAX_VALUE);
      in.enableAliasing(true); // no copies of the tensors
      ModelProto model = ModelProto.parseFrom(in);
      if (model.getGraph().getNodeCount() == 0) {
        throw noModel("a file without an ONNX graph", null);
      }
      return model;
    } catch (InvalidProtocolBufferException e) {
      throw noModel("other bytes", e);
    }
  }

  private FileFormatException noModel(String found, Throwable cause) {
    return new FileFormatException(
        file,
        "a BERT as a safetensors file or an ONNX graph",
        found,
        "pass another file, or copy or download it again",
        cause);
  }

  private void requireKnownOperations() {
    Set<String> foreign =
        graph.getNodeList().stream()
            .map(NodeProto::getOpType)
            .filter(type -> !OPERATIONS.contains(type))
            .collect(Collectors.toCollection(TreeSet::new));
    if (!foreign.isEmpty()) {
      throw new FileFormatException(
          file,
          "the graph of a BERT in float32",
          "one with the operations " + NameList.first(foreign),
          "quantized, optimized and other models are not supported: pass the plain export");
    }
  }

  private boolean has(String layer) {
    return initializers.containsKey(nameOf(layer + ".bias"));
  }

  /** The name in the file. */
  private String nameOf(String plain) {
    return initializers.containsKey(plain) ? plain : "bert." + plain;
  }

  /** The initializer that is the weight of a linear layer; layers may share one. */
  private String weight(String layer) {
    String bias = nameOf(layer + ".bias");
    return product(bias)
        .map(node -> input(node, 1))
        .filter(initializers::containsKey)
        .orElseThrow(
            () ->
                new FileFormatException(
                    file,
                    "a product with a weight, to which \"" + bias + "\" is added",
                    "none",
                    "pass the graph that PyTorch exports of a BERT"));
  }

  /** The product that a bias is added to. */
  private Optional<NodeProto> product(String bias) {
    return graph.getNodeList().stream()
        .filter(node -> node.getOpType().equals("Add") && node.getInputList().contains(bias))
        .flatMap(node -> node.getInputList().stream())
        .map(producers::get)
        .filter(node -> node != null && node.getOpType().equals("MatMul"))
        .findFirst();
  }

  @Override
  public String name() {
    return file;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          List<Long> shape = new ArrayList<>(tensor.getDimsList());
          if (name.startsWith("encoder.") && shape.size() == 2) {
            Collections.reverse(shape);
          }
          shapes.put(name, shape);
        });
    return shapes;
  }

  @Override
  public boolean inputsFirst() {
    return true;
  }

  @Override
  public float[] floats(String name) {
    TensorProto tensor = tensors.get(name);
    long elements = tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
    if (tensor.getDataType() != TensorProto.DataType.FLOAT_VALUE
        || tensor.getDataLocation() != TensorProto.DataLocation.DEFAULT) {
      throw new FileFormatException(
          file,
          "float32 numbers in the file itself as \"" + tensor.getName() + "\"",
          TensorProto.DataType.forNumber(tensor.getDataType()) + " in " + tensor.getDataLocation(),
          "pass the plain export in one file");
    }
    float[] values = values(tensor);
    if (values.length != elements) {
      throw new FileFormatException(
          file,
          elements + " numbers in \"" + tensor.getName() + "\"",
          String.valueOf(values.length),
          Remedy.COPY);
    }
    return values;
  }

  private static float[] values(TensorProto tensor) {
    if (tensor.getRawData().isEmpty()) {
      float[] values = new float[tensor.getFloatDataCount()];
      for (int i = 0; i < values.length; i++) {
        values[i] = tensor.getFloatData(i);
      }
      return values;
    }
    ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[raw.remaining() / Float.BYTES];
    raw.asFloatBuffer().get(values);
    return values;
  }

  @Override
  public Settings settings(BertDimensions sizes) {
    return new Settings(heads(), activation(), epsilon());
  }

  /** From the shape that the queries are given: [batch, tokens, heads, width of a head]. */
  private int heads() {
    String bias = nameOf(BertNaming.linearLayers(0).get(0) + ".bias");
    return consumers(bias)
        .flatMap(add -> add.getOutputList().stream().limit(1).flatMap(this::consumers))
        .filter(node -> node.getOpType().equals("Reshape"))
        .map(node -> shape(input(node, 1)))
        .filter(shape -> shape.size() == SIZE_OF_HEAD_SHAPE && shape.get(2) > 0)
        .map(shape -> shape.get(2).intValue())
        .findFirst()
        .orElse(0);
  }

  /** The name of an input, which a damaged file may lack. */
  private static String input(NodeProto node, int index) {
    return index < node.getInputCount() ? node.getInput(index) : "";
  }

  private Stream<NodeProto> consumers(String value) {
    return graph.getNodeList().stream().filter(node -> node.getInputList().contains(value));
  }

  /** The numbers of a shape, -1 for those that are computed. */
  private List<Long> shape(String value) {
    NodeProto node = producers.get(value);
    if (node != null && node.getOpType().equals("Concat")) {
      return node.getInputList().stream()
          .map(this::shape)
          .map(part -> part.size() == 1 ? part.get(0) : -1L)
          .toList();
    }
    return constant(value).map(OnnxBert::longs).orElse(List.of());
  }

  private Optional<TensorProto> constant(String value) {
    if (initializers.containsKey(value)) {
      return Optional.of(initializers.get(value));
    }
    NodeProto node = producers.get(value);
    return node != null && node.getOpType().equals("Constant")
        ? node.getAttributeList().stream()
            .filter(AttributeProto::hasT)
            .findFirst()
            .map(AttributeProto::getT)
        : Optional.empty();
  }

  private static List<Long> longs(TensorProto tensor) {
    if (tensor.getDataType() != TensorProto.DataType.INT64_VALUE) {
      return List.of();
    }
    List<Long> values = new ArrayList<>(tensor.getInt64DataList());
    ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (raw.remaining() >= Long.BYTES) {
      values.add(raw.getLong());
    }
    return values;
  }

  private MlpActivation activation() {
    Set<String> operations =
        graph.getNodeList().stream().map(NodeProto::getOpType).collect(Collectors.toSet());
    if (operations.contains("Erf") || operations.contains("Gelu")) {
      return MlpActivation.GELU;
    }
    return operations.contains("Tanh") ? MlpActivation.GELU_TANH : MlpActivation.RELU;
  }

  /** What is added before a square root, or the attribute of a whole normalization. */
  private double epsilon() {
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("LayerNormalization")) {
        return node.getAttributeList().stream()
            .filter(attribute -> attribute.getName().equals("epsilon"))
            .mapToDouble(AttributeProto::getF)
            .findFirst()
            .orElse(1e-5);
      }
      NodeProto before = node.getOpType().equals("Sqrt") ? producers.get(input(node, 0)) : null;
      if (before != null) {
        for (String input : before.getInputList()) {
          Optional<TensorProto> constant = constant(input);
          float[] values =
              constant.filter(each -> each.getDataType() == 1).map(OnnxBert::values).orElse(NONE);
          if (values.length > 0) {
            return values[0];
          }
        }
      }
    }
    return Settings.USUAL.epsilon();
  }

  @Override
  public String sha256() {
    return new Sha256().update(ByteBuffer.wrap(bytes)).hex();
  }

  @Override
  public void close() {}
}
