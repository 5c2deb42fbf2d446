// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;

/**
 * The keys that a configuration may have. They are derived from the records, so both always agree.
 *
 * <p>If the record depends on a name inside the JSON (a method, a schedule) and a file does not
 * have that name, it is checked against the name in the merged configuration.
 */
final class ConfigKeys {
  /** Follow from a file's path, so neither files nor options set them. */
  static final Set<String> FROM_PLACE = Set.of("experiment", "method");

  private ConfigKeys() {}

  /** Rejects the first key of the tree that no record has. */
  static void check(JsonNode tree, JsonNode merged, String origin) {
    check(tree, merged, ExperimentConfig.class, "", origin);
  }

  private static void check(
      JsonNode tree, JsonNode merged, Class<?> type, String path, String origin) {
    if (!tree.isObject()) {
      return;
    }
    Map<String, Class<?>> allowed = allowed(type, tree, merged, path);
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      if (entry.getValue().isNull()) {
        continue; // It removes a key, which may belong to another variant.
      }
      String key = entry.getKey();
      String here = join(path, key);
      Class<?> child = allowed.get(key);
      if (child == null) {
        throw unknown(origin, path, key, allowed);
      }
      check(entry.getValue(), merged.path(key), child, here, origin);
    }
  }

  /** Sets a value in the tree. */
  static void set(ObjectNode tree, Setting setting) {
    Class<?> type = ExperimentConfig.class;
    ObjectNode node = tree;
    String path = "";
    for (int i = 0; i < setting.keys().size(); i++) {
      String key = canonical(type, setting.keys().get(i));
      Map<String, Class<?>> allowed = allowed(type, node, node, path);
      if (!allowed.containsKey(key)) {
        throw unknown("--set " + setting.path(), path, key, allowed);
      }
      path = join(path, key);
      type = allowed.get(key);
      if (i == setting.keys().size() - 1) {
        node.set(key, setting.value());
      } else {
        node = child(node, key, path, type, setting);
      }
    }
  }

  private static ObjectNode child(
      ObjectNode node, String key, String path, Class<?> type, Setting setting) {
    if (!type.isRecord() && !type.isSealed() && type != MethodConfig.class) {
      throw new UserException(
          "--set " + setting.path() + ": " + path + " is a single value and has no keys");
    }
    return node.path(key).isObject() ? (ObjectNode) node.get(key) : node.putObject(key);
  }

  private static UserException unknown(
      String origin, String path, String key, Map<String, Class<?>> allowed) {
    return new UserException(
        "%s: unknown key %s%s (valid %s: %s)"
            .formatted(
                origin,
                join(path, key),
                Suggestions.hint(key, allowed.keySet()),
                path.isEmpty() ? "keys" : "in " + path,
                String.join(", ", allowed.keySet())));
  }

  /** The keys of one level with the types of their values. */
  private static Map<String, Class<?>> allowed(
      Class<?> type, JsonNode tree, JsonNode merged, String path) {
    Map<String, Class<?>> keys = new LinkedHashMap<>();
    Class<?> holder = type;
    if (type == MethodConfig.class) {
      JsonNode method =
          tree.has(MethodKeys.METHOD)
              ? tree.get(MethodKeys.METHOD)
              : merged.path(MethodKeys.METHOD);
      require(MethodKeys.names(), method, join(path, MethodKeys.METHOD));
      return MethodKeys.of(method.asText());
    }
    if (type.isSealed()) {
      JsonTypeInfo info = type.getAnnotation(JsonTypeInfo.class);
      String discriminator = info.property();
      JsonNode name =
          tree.has(discriminator) ? tree.get(discriminator) : merged.path(discriminator);
      if (name.isMissingNode() && info.defaultImpl() != JsonTypeInfo.class) {
        holder = info.defaultImpl();
      } else {
        keys.put(discriminator, String.class);
        holder = variant(type, name, join(path, discriminator));
      }
    }
    if (holder.isRecord()) {
      for (RecordComponent component : holder.getRecordComponents()) {
        keys.put(component.getName(), component.getType());
      }
    }
    if (type == ExperimentConfig.class) {
      keys.keySet().removeAll(FROM_PLACE);
    }
    return keys;
  }

  private static Class<?> variant(Class<?> type, JsonNode name, String path) {
    Map<String, Class<?>> variants = new LinkedHashMap<>();
    for (JsonSubTypes.Type each : type.getAnnotation(JsonSubTypes.class).value()) {
      names(each).forEach(known -> variants.put(known, each.value()));
    }
    require(variants.keySet(), name, path);
    return variants.get(name.asText());
  }

  private static void require(Set<String> known, JsonNode name, String path) {
    if (!known.contains(name.asText())) {
      throw new UserException(
          "%s must be one of %s, %s%s"
              .formatted(
                  path,
                  String.join(", ", known),
                  name.isMissingNode() ? "but is missing" : "was " + name.asText(),
                  Suggestions.hint(name.asText(), known)));
    }
  }

  /** The current name of a key. */
  private static String canonical(Class<?> type, String key) {
    return type == MethodConfig.class ? MethodKeys.canonical(key) : key;
  }

  private static List<String> names(JsonSubTypes.Type variant) {
    return variant.names().length > 0
        ? List.of(variant.names())
        : List.of(variant.value().getAnnotation(JsonTypeName.class).value());
  }

  static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
