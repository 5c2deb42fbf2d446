// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.quantization.QuantizedVector;

/**
 * Recipes as the JSON of {@code docs/adapter-v1.md}: methods and W0s that weights share are listed
 * once and referred to by position.
 */
final class RecipeWriter {
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final List<JsonNode> methods = new ArrayList<>();
  private final List<JsonNode> frozenWeights = new ArrayList<>();
  private final Map<String, QuantizedVector> quantized;

  private RecipeWriter(Map<String, QuantizedVector> quantized) {
    this.quantized = quantized;
  }

  /**
   * The JSON.
   *
   * @param quantized vectors by tensor name; all of a weight's or none
   */
  static ObjectNode write(Recipe recipe, Map<String, QuantizedVector> quantized) {
    return new RecipeWriter(quantized).json(recipe);
  }

  private ObjectNode json(Recipe recipe) {
    if (recipe.isStructured()) {
      json.put(AdapterFormat.BASIS, AdapterFormat.STRUCTURED_BASIS);
    }
    ArrayNode methodList = json.putArray("methods");
    ArrayNode w0List = json.putArray("w0");
    ArrayNode layers = json.putArray("layers");
    recipe.layers().forEach(layer -> layer(layer, layers.addObject()));
    methodList.addAll(methods);
    w0List.addAll(frozenWeights);
    if (recipe.frozen() != null) {
      json.put(AdapterFormat.FROZEN, recipe.frozen());
    }
    return json;
  }

  private void layer(AdapterLayer layer, ObjectNode node) {
    node.put("name", layer.name()).put("type", layer.type());
    if (layer.seed() != null) {
      node.put("seed", layer.seed());
      if (layer.tiedTo() != null) {
        node.put("coefficientsOf", layer.tiedTo());
      }
      ObjectNode weights = node.putObject("weights");
      for (WeightSpec weight : layer.weights()) {
        ArrayNode numbers = weights.putArray(weight.name());
        weight(weight, numbers);
        quantization(layer, weight, numbers);
      }
      if (!layer.kernel().isEmpty()) {
        layer.kernel().forEach(node.putArray("kernel")::add);
      }
    }
    if (!layer.direct().isEmpty()) {
      layer.direct().forEach(node.putArray("direct")::add);
    }
  }

  private void weight(WeightSpec weight, ArrayNode node) {
    ObjectNode method = MethodJson.write(weight.method());
    JsonNode w0 = method.remove(MethodJson.W0);
    node.add(weight.shape().rows())
        .add(weight.shape().columns())
        .add(weight.shape().fanIn())
        .add(position(methods, method))
        .add(position(frozenWeights, w0));
  }

  /** Bits and the greatest magnitude of each vector, where they are quantized. */
  private void quantization(AdapterLayer layer, WeightSpec weight, ArrayNode node) {
    List<QuantizedVector> vectors =
        layer.coefficients(weight).stream()
            .map(layer::tensor)
            .filter(quantized::containsKey)
            .map(quantized::get)
            .toList();
    if (!vectors.isEmpty()) {
      node.add(vectors.get(0).bits());
      vectors.forEach(vector -> node.add(decimal(vector.max())));
    }
  }

  /**
   * The fewest digits that restore the number exactly; Float.toString depends on the Java version.
   */
  private static BigDecimal decimal(float value) {
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; ; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits));
      if (rounded.floatValue() == value) {
        return rounded;
      }
    }
  }

  private static int position(List<JsonNode> list, JsonNode node) {
    if (!list.contains(node)) {
      list.add(node);
    }
    return list.indexOf(node);
  }
}
