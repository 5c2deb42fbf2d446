package org.nola4j.adapter;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.dl4j.WeightSpec;

/**
 * Recipes as the JSON of {@code docs/adapter-v1.md}: methods and W0s that weights share are listed
 * once and referred to by position.
 */
final class RecipeWriter {
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final List<JsonNode> methods = new ArrayList<>();
  private final List<JsonNode> frozenWeights = new ArrayList<>();

  private RecipeWriter() {}

  static String write(Recipe recipe) {
    return new RecipeWriter().text(recipe);
  }

  private String text(Recipe recipe) {
    ArrayNode methodList = json.putArray("methods");
    ArrayNode w0List = json.putArray("w0");
    ArrayNode layers = json.putArray("layers");
    recipe.layers().forEach(layer -> layer(layer, layers.addObject()));
    methodList.addAll(methods);
    w0List.addAll(frozenWeights);
    if (recipe.frozen() != null) {
      json.put("frozen", recipe.frozen());
    }
    return json.toString();
  }

  private void layer(AdapterLayer layer, ObjectNode node) {
    node.put("name", layer.name()).put("type", layer.type());
    if (layer.seed() != null) {
      node.put("seed", layer.seed());
      if (layer.coefficientsOf() != null) {
        node.put("coefficientsOf", layer.coefficientsOf());
      }
      ObjectNode weights = node.putObject("weights");
      layer.weights().forEach(weight -> weight(weight, weights.putArray(weight.name())));
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

  private static int position(List<JsonNode> list, JsonNode node) {
    if (!list.contains(node)) {
      list.add(node);
    }
    return list.indexOf(node);
  }
}
