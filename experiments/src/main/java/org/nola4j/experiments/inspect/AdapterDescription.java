// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.experiments.common.Json;
import org.nola4j.internal.weights.WeightSpec;

/** Describes an adapter as JSON: its weights, how many numbers each has, and their precision. */
final class AdapterDescription {
  private AdapterDescription() {}

  static JsonNode of(Path path) throws IOException {
    AdapterFile file = AdapterFile.read(path);
    ObjectNode json =
        Json.STRICT
            .createObjectNode()
            .put("bytes", file.bytes())
            .put("numbers", file.adapter().size())
            .put("fingerprint", file.adapter().fingerprint());
    if (!file.adapter().notes().isEmpty()) {
      file.adapter().notes().forEach(json.putObject("notes")::put);
    }
    ArrayNode layers = json.putArray("layers");
    file.adapter().layers().forEach(layer -> describe(file, layer, layers.addObject()));
    return json;
  }

  private static void describe(AdapterFile file, AdapterLayer layer, ObjectNode json) {
    json.put("name", layer.name()).put("type", layer.type());
    if (layer.seed() != null) {
      json.put("seed", layer.seed());
      ObjectNode weights = json.putObject("weights");
      layer.weights().forEach(weight -> describe(weight, weights.putObject(weight.name())));
    }
    if (layer.tiedTo() != null) {
      json.put("coefficientsOf", layer.tiedTo());
    }
    if (!layer.kernel().isEmpty()) {
      layer.kernel().forEach(json.putArray("kernel")::add);
    }
    ObjectNode parameters = json.putObject("parameters");
    for (Map.Entry<String, List<Long>> shape : layer.shapes().entrySet()) {
      ObjectNode parameter = parameters.putObject(shape.getKey());
      shape.getValue().forEach(parameter.putArray("shape")::add);
      OptionalInt bits = file.adapter().bits(layer.name(), shape.getKey());
      parameter.put(
          "precision", bits.isPresent() ? bits.getAsInt() + " bits" : file.precision().name());
    }
  }

  /** Adds the method's settings as printed by the library's records. */
  private static void describe(WeightSpec weight, ObjectNode json) {
    json.putArray("shape").add(weight.shape().rows()).add(weight.shape().columns());
    json.put("method", weight.method().method());
    json.put("settings", weight.method().toString());
  }
}
