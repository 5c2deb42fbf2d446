// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.experiments.common.Json;

/** Describes a PEFT adapter as JSON: its modules. */
final class PeftDescription {
  private PeftDescription() {}

  static JsonNode of(PeftAdapter adapter) {
    ObjectNode json = Json.STRICT.createObjectNode().put("baseModel", adapter.baseModel());
    ArrayNode modules = json.putArray("modules");
    adapter.modules().forEach(module -> describe(module, modules.addObject()));
    return json;
  }

  private static void describe(PeftModule module, ObjectNode json) {
    json.put("name", module.name()).put("inputs", module.inputs()).put("outputs", module.outputs());
    if (module instanceof PeftModule.LowRank lowRank) {
      if (lowRank.convolution()) {
        lowRank.kernel().forEach(json.putArray("kernel")::add);
      }
      json.put("rank", lowRank.rank()).put("scale", lowRank.c() / lowRank.rank());
    }
    json.put("bias", module.bias() != null);
  }
}
