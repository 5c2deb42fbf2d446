// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.io.FileFormatException;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.reparameterization.WeightShape;
import org.nola4j.safetensors.TensorInfo;
import org.nola4j.safetensors.TensorType;

/** Reads the JSON of {@code docs/adapter-v1.md} and checks it against the tensors of its file. */
final class RecipeReader {
  private static final int NUMBERS_PER_WEIGHT = 5;
  private static final String WEIGHT = "[rows, columns, fanIn, method, w0]";

  private final String file;
  private final Map<String, TensorInfo> tensors;
  private final Set<String> used = new HashSet<>();
  private final List<PackedVector> packed = new ArrayList<>();
  private JsonNode methods;
  private JsonNode frozenWeights;

  /** The two lists, by position, and layers, by name. */
  private final Map<Integer, Reparameterization> knownMethods = new HashMap<>();

  private final Map<Integer, FrozenWeight> knownW0s = new HashMap<>();
  private final Map<String, Map<String, List<Long>>> knownVectors = new HashMap<>();

  private RecipeReader(String file, Map<String, TensorInfo> tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  /**
   * What a recipe says.
   *
   * @param recipe without quantization, which concerns the numbers
   * @param packed the quantized vectors, in the order of the file
   */
  record Contents(Recipe recipe, List<PackedVector> packed) {}

  /**
   * The recipe.
   *
   * @param network the fingerprint
   * @throws FileFormatException if a field is unknown, missing or wrong, or the tensors do not
   *     match the recipe
   */
  static Contents read(
      ObjectNode json, String network, String file, Map<String, TensorInfo> tensors) {
    RecipeReader reader = new RecipeReader(file, tensors);
    Recipe recipe = reader.recipe(json, network);
    return new Contents(recipe, reader.packed);
  }

  private Recipe recipe(ObjectNode json, String network) {
    checkFields(
        json,
        "the recipe",
        Set.of("methods", "w0", "layers"),
        Set.of(AdapterFormat.BASIS, AdapterFormat.FROZEN));
    boolean structured = json.has(AdapterFormat.BASIS);
    if (structured) {
      checkBasis(json.get(AdapterFormat.BASIS));
    }
    methods = array(json, "methods", "the recipe");
    frozenWeights = array(json, MethodJson.W0, "the recipe");
    List<AdapterLayer> layers = new ArrayList<>();
    Map<String, AdapterLayer> byName = new HashMap<>();
    for (JsonNode node : array(json, "layers", "the recipe")) {
      AdapterLayer layer = layer(object(node, "layer " + layers.size()), "layer " + layers.size());
      if (byName.put(layer.name(), layer) != null) {
        throw error("layers of different names", "two of name \"" + layer.name() + "\"");
      }
      layers.add(layer);
    }
    layers.forEach(layer -> checkOwner(layer, byName));
    checkPacked();
    checkNoneLeft();
    String frozen =
        json.has(AdapterFormat.FROZEN)
            ? digest(text(json, AdapterFormat.FROZEN, "the recipe"))
            : null;
    Recipe recipe = new Recipe(network, frozen, layers);
    if (structured != recipe.isStructured()) {
      throw error(
          structured
              ? "weights of a distribution of basis version " + AdapterFormat.STRUCTURED_BASIS
              : "\"basis\":"
                  + AdapterFormat.STRUCTURED_BASIS
                  + ", as the distribution of a weight needs",
          structured ? "none" : "no such field");
    }
    return recipe;
  }

  private void checkBasis(JsonNode version) {
    if (!version.isIntegralNumber() || version.longValue() != AdapterFormat.STRUCTURED_BASIS) {
      throw new FileFormatException(
          file,
          "basis version " + AdapterFormat.STRUCTURED_BASIS,
          "version " + version,
          Remedy.UPDATE);
    }
  }

  private void checkPacked() {
    if (packed.isEmpty()) {
      return;
    }
    String what = "tensor \"" + PackedVector.TENSOR + "\"";
    long bytes = packed.stream().mapToLong(PackedVector::bytes).sum();
    TensorInfo tensor = tensors.get(PackedVector.TENSOR);
    if (tensor == null) {
      throw error("a " + what + ", as its weights are quantized", "only " + tensors.keySet());
    }
    if (tensor.type() != TensorType.U8 || !tensor.shape().equals(List.of(bytes))) {
      throw error(
          what + " of U8 [" + bytes + "], which its quantized vectors fill",
          tensor.type() + " " + tensor.shape());
    }
    used.add(PackedVector.TENSOR);
  }

  private void checkNoneLeft() {
    for (String tensor : tensors.keySet()) {
      if (!used.contains(tensor)) {
        throw error("only tensors that the recipe names", "tensor \"" + tensor + "\" too");
      }
    }
  }

  private void checkOwner(AdapterLayer layer, Map<String, AdapterLayer> byName) {
    if (layer.tiedTo() == null) {
      return;
    }
    String where = "layer \"" + layer.name() + "\", coefficientsOf";
    AdapterLayer owner = byName.get(layer.owner());
    if (owner == null) {
      throw error(where + ": a layer of the recipe", "\"" + layer.owner() + "\"");
    }
    if (owner.weights().isEmpty() || owner.tiedTo() != null) {
      throw error(where + ": a layer with coefficients of its own", "\"" + owner.name() + "\"");
    }
    Map<String, List<Long>> found =
        knownVectors.computeIfAbsent(owner.name(), name -> vectors(owner.weights(), where));
    vectors(layer.weights(), where)
        .forEach(
            (vector, shape) -> {
              if (!shape.equals(found.get(vector))) {
                throw error(
                    "%s: coefficients \"%s\" of shape %s in layer \"%s\""
                        .formatted(where, vector, shape, owner.name()),
                    found.toString());
              }
            });
  }

  private AdapterLayer layer(ObjectNode json, String where) {
    boolean ours = json.has("seed") || json.has("weights");
    checkFields(
        json,
        where,
        ours ? Set.of("name", "type", "seed", "weights") : Set.of("name", "type"),
        ours ? Set.of("coefficientsOf", "kernel", "direct") : Set.of("direct"));
    String name = text(json, "name", where);
    List<WeightSpec> weights =
        ours ? weights(object(json.get("weights"), where + ", weights"), where) : List.of();
    String owner = json.has("coefficientsOf") ? text(json, "coefficientsOf", where) : null;
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    if (owner == null) {
      shapes.putAll(coefficients(weights, json, name, where));
    } else {
      weights.forEach(weight -> checkNotQuantized(weight, json, where));
    }
    if (json.has("direct")) {
      for (JsonNode parameter : array(json, "direct", where)) {
        String text = text(parameter, where + ", direct");
        if (shapes.put(text, take(name, text).shape()) != null) {
          throw error(where + ": direct parameters apart from others", "\"" + text + "\" twice");
        }
      }
    }
    Long seed = ours ? seed(json.get("seed"), where) : null;
    List<Integer> kernel =
        json.has("kernel") ? kernel(array(json, "kernel", where), weights, where) : List.of();
    return new AdapterLayer(name, text(json, "type", where), seed, owner, weights, shapes, kernel);
  }

  /** Height and width, of which the fan-in is a multiple. */
  private List<Integer> kernel(JsonNode sizes, List<WeightSpec> weights, String where) {
    List<Integer> kernel = new ArrayList<>();
    for (JsonNode size : sizes) {
      boolean positive = size.isIntegralNumber() && size.canConvertToInt() && size.intValue() > 0;
      kernel.add(positive ? size.intValue() : 0);
    }
    long elements = kernel.size() == 2 ? (long) kernel.get(0) * kernel.get(1) : 0;
    if (elements == 0 || weights.stream().anyMatch(w -> w.shape().fanIn() % elements != 0)) {
      throw error(
          where + ": a kernel of [height, width], of which the fan-in is a multiple",
          sizes.toString());
    }
    return kernel;
  }

  private long seed(JsonNode node, String where) {
    if (!node.isIntegralNumber()) {
      throw error(where + ": a 64-bit number as seed", node.toString());
    }
    return node.longValue();
  }

  private List<WeightSpec> weights(ObjectNode json, String where) {
    if (json.isEmpty()) {
      throw error(where + ": at least one weight", "none");
    }
    List<WeightSpec> weights = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = json.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      weights.add(weight(entry.getKey(), entry.getValue(), where));
    }
    return weights;
  }

  private WeightSpec weight(String name, JsonNode json, String layer) {
    String where = layer + ", weight \"" + name + "\"";
    int[] numbers = new int[NUMBERS_PER_WEIGHT];
    if (!json.isArray() || json.size() < numbers.length) {
      throw error(where + ": " + WEIGHT, json.toString());
    }
    for (int i = 0; i < numbers.length; i++) {
      JsonNode number = json.get(i);
      if (!number.isIntegralNumber() || !number.canConvertToInt()) {
        throw error(where + ": numbers of 32 bits", json.toString());
      }
      numbers[i] = number.intValue();
    }
    Reparameterization method =
        knownMethods.computeIfAbsent(numbers[3], position -> method(position, where + ", method"));
    FrozenWeight w0 =
        knownW0s.computeIfAbsent(numbers[4], position -> w0(position, where + ", w0"));
    try {
      WeightShape shape = new WeightShape(numbers[0], numbers[1], numbers[2]);
      return new WeightSpec(name, shape, method.withW0(w0));
    } catch (IllegalArgumentException e) {
      throw new FileFormatException(
          file,
          where + ": a usable name and shape, and a W0 that fits the method",
          e.getMessage(),
          Remedy.COPY,
          e);
    }
  }

  private Reparameterization method(int position, String where) {
    return MethodJson.readMethod(object(entry(methods, position, where), where), file, where);
  }

  private FrozenWeight w0(int position, String where) {
    return MethodJson.readW0(object(entry(frozenWeights, position, where), where), file, where);
  }

  /**
   * The shapes of a layer's own coefficient vectors, after a check that the file has exactly these,
   * as tensors of their own or quantized.
   */
  private Map<String, List<Long>> coefficients(
      List<WeightSpec> weights, ObjectNode json, String layer, String where) {
    Map<String, List<Long>> shapes = vectors(weights, where);
    for (WeightSpec weight : weights) {
      Map<String, List<Long>> own = AdapterLayer.coefficients(weight, weights.size());
      JsonNode numbers = json.get("weights").get(weight.name());
      if (numbers.size() == NUMBERS_PER_WEIGHT) {
        own.forEach((parameter, shape) -> checkShape(layer, parameter, shape));
      } else {
        pack(numbers, own, layer, where + ", weight \"" + weight.name() + "\"");
      }
    }
    return shapes;
  }

  private void checkShape(String layer, String parameter, List<Long> shape) {
    List<Long> found = take(layer, parameter).shape();
    if (!found.equals(shape)) {
      throw error("tensor \"" + layer + "." + parameter + "\" of shape " + shape, found.toString());
    }
  }

  /** What follows the five numbers of a weight: bits, and the greatest magnitude of each vector. */
  private void pack(JsonNode numbers, Map<String, List<Long>> own, String layer, String where) {
    if (numbers.size() != NUMBERS_PER_WEIGHT + 1 + own.size()) {
      throw error(
          where
              + ": "
              + WEIGHT
              + ", or bits and the greatest magnitude of "
              + own.keySet()
              + " too",
          numbers.toString());
    }
    int at = NUMBERS_PER_WEIGHT;
    int bits = bits(numbers.get(at), where);
    for (Map.Entry<String, List<Long>> vector : own.entrySet()) {
      at++;
      int length = Math.toIntExact(vector.getValue().stream().reduce(1L, Math::multiplyExact));
      float max = magnitude(numbers.get(at), where + ", " + vector.getKey());
      String name = layer + "." + vector.getKey();
      if (!used.add(name)) {
        throw error(where + ": one vector of name \"" + name + "\"", "two");
      }
      packed.add(new PackedVector(name, bits, length, max));
    }
  }

  private int bits(JsonNode node, String where) {
    int least = Quantizer.FEWEST_BITS;
    int most = Quantizer.MOST_BITS;
    if (!node.isIntegralNumber() || node.longValue() < least || node.longValue() > most) {
      throw error(where + ": " + least + " to " + most + " bits", node.toString());
    }
    return node.intValue();
  }

  private float magnitude(JsonNode node, String where) {
    float max = node.isNumber() ? (float) node.doubleValue() : Float.NaN;
    if (!(Float.compare(max, 0) >= 0 && Float.isFinite(max))) {
      throw error(where + ": a greatest magnitude from 0 on, in float32's range", node.toString());
    }
    return max;
  }

  private void checkNotQuantized(WeightSpec weight, ObjectNode json, String where) {
    JsonNode numbers = json.get("weights").get(weight.name());
    if (numbers.size() != NUMBERS_PER_WEIGHT) {
      throw error(
          where + ", weight \"" + weight.name() + "\", which has no vectors of its own: " + WEIGHT,
          numbers.toString());
    }
  }

  /** The shapes of the coefficient vectors that weights arise from. */
  private Map<String, List<Long>> vectors(List<WeightSpec> weights, String where) {
    try {
      return AdapterLayer.coefficients(weights);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new FileFormatException(
          file, where + ": methods that fit their shapes", e.getMessage(), Remedy.COPY, e);
    }
  }

  private TensorInfo take(String layer, String parameter) {
    String name = layer + "." + parameter;
    TensorInfo tensor = tensors.get(name);
    if (tensor == null) {
      throw error("a tensor \"" + name + "\"", "only " + tensors.keySet());
    }
    if (!used.add(name)) {
      throw error("one use of tensor \"" + name + "\"", "two");
    }
    if (tensor.type() != TensorType.F32 && tensor.type() != TensorType.F16) {
      throw error("tensor \"" + name + "\" of dtype F32 or F16", tensor.type().name());
    }
    return tensor;
  }

  private String digest(String text) {
    if (!text.matches("[0-9a-f]{" + Digest.DIGITS + "}")) {
      throw error(Digest.DIGITS + " hexadecimal digits", "\"" + text + "\"");
    }
    return text;
  }

  private JsonNode entry(JsonNode list, int position, String where) {
    if (position < 0 || position >= list.size()) {
      throw error(where + ": a position below " + list.size(), String.valueOf(position));
    }
    return list.get(position);
  }

  private ObjectNode object(JsonNode node, String where) {
    if (!(node instanceof ObjectNode object)) {
      throw error(where + ": a JSON object", node.toString());
    }
    return object;
  }

  private JsonNode array(ObjectNode json, String field, String where) {
    if (!json.get(field).isArray()) {
      throw error(where + ": a list as \"" + field + "\"", json.get(field).toString());
    }
    return json.get(field);
  }

  private String text(ObjectNode json, String field, String where) {
    return text(json.get(field), where + ", " + field);
  }

  private String text(JsonNode node, String where) {
    if (!node.isTextual()) {
      throw error(where + ": a string", node.toString());
    }
    return node.textValue();
  }

  private void checkFields(
      ObjectNode json, String where, Set<String> required, Set<String> optional) {
    for (String field : required) {
      if (!json.has(field)) {
        throw error(where + ": a field \"" + field + "\"", "none");
      }
    }
    json.fieldNames()
        .forEachRemaining(
            field -> {
              if (!required.contains(field) && !optional.contains(field)) {
                throw new FileFormatException(
                    file, where + ": only known fields", "\"" + field + "\"", Remedy.UPDATE);
              }
            });
  }

  private FileFormatException error(String expected, String found) {
    return new FileFormatException(file, expected, found, Remedy.COPY);
  }
}
