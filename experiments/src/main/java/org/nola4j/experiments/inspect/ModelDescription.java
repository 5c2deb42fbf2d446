// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.nola4j.experiments.common.Json;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.checkpoint.VitCheckpoint;
import org.nola4j.models.checkpoint.VitDimensions;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.TensorInfo;

/**
 * Describes a whole model as JSON: its size, its kind if known, and its tensors, with those of
 * equal layers combined.
 */
final class ModelDescription {
  private static final Pattern LAYER = Pattern.compile("\\.\\d+(?=\\.)");

  private ModelDescription() {}

  static JsonNode of(SafetensorsFile file) {
    ObjectNode json =
        Json.STRICT
            .createObjectNode()
            .put("bytes", file.size())
            .put("tensors", file.tensors().size())
            .put("numbers", file.tensors().values().stream().mapToLong(TensorInfo::elements).sum());
    ObjectNode metadata = json.putObject("metadata");
    file.metadata().forEach(metadata::put);
    visionTransformer(file).ifPresent(vit -> describe(vit, json.putObject("visionTransformer")));
    ObjectNode groups = json.putObject("groups");
    groups(file)
        .forEach(
            (name, members) -> {
              TensorInfo first = members.get(0);
              ObjectNode group = groups.putObject(name).put("type", first.type().name());
              first.shape().forEach(group.putArray("shape")::add);
              group.put("tensors", members.size());
            });
    return json;
  }

  /** Empty for other kinds of models, whose tensors are listed all the same. */
  private static Optional<VitCheckpoint> visionTransformer(SafetensorsFile file) {
    try {
      return VitCheckpoint.find(file);
    } catch (FileFormatException otherKind) {
      return Optional.empty();
    }
  }

  private static void describe(VitCheckpoint checkpoint, ObjectNode json) {
    VitDimensions sizes = checkpoint.dimensions();
    json.put("naming", checkpoint.naming().name())
        .put("parameters", sizes.parameters())
        .put("width", sizes.width())
        .put("blocks", sizes.blocks())
        .put("mlpWidth", sizes.mlpWidth())
        .put("channels", sizes.channels())
        .put("patchSize", sizes.patchSize())
        .put("tokens", sizes.tokens())
        .put("classes", sizes.classes())
        .put("averaged", sizes.averaged());
  }

  /** Groups tensors that differ only in the layer's number; other types or shapes are separate. */
  private static Map<String, List<TensorInfo>> groups(SafetensorsFile file) {
    Map<String, List<TensorInfo>> groups = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              String pattern = LAYER.matcher(name).replaceAll(".*");
              List<TensorInfo> group = groups.computeIfAbsent(pattern, key -> new ArrayList<>());
              boolean equal =
                  group.isEmpty()
                      || (group.get(0).type() == tensor.type()
                          && group.get(0).shape().equals(tensor.shape()));
              (equal ? group : groups.computeIfAbsent(name, key -> new ArrayList<>())).add(tensor);
            });
    return groups;
  }
}
