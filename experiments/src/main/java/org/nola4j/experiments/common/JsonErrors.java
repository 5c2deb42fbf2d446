// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.common;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Turns Jackson's errors into one line that names the field, what was expected, and what was found.
 */
public final class JsonErrors {
  private JsonErrors() {}

  /** Describes what is wrong with a text that is not JSON. */
  public static String syntax(JsonProcessingException error) {
    JsonLocation where = error.getLocation();
    String place = where == null ? "" : "line %d: ".formatted(where.getLineNr());
    return place + "not valid JSON: " + error.getOriginalMessage().lines().findFirst().orElse("");
  }

  /**
   * Describes what is wrong with JSON that does not match the records.
   *
   * @param tree the JSON, to quote the value from
   */
  public static String mapping(JsonProcessingException error, JsonNode tree) {
    if (!(error instanceof JsonMappingException mapping)) {
      return syntax(error);
    }
    String path = path(mapping.getPath());
    if (error instanceof ValueInstantiationException && error.getCause() != null) {
      if (error.getCause() instanceof NullPointerException) {
        // A record copied a list with a null entry.
        return emptyEntry(path, at(tree, mapping.getPath())) + " has an empty entry";
      }
      // A record's own check; its message begins with the field's name.
      return (path.isEmpty() ? "" : path + ".") + error.getCause().getMessage();
    }
    if (error instanceof UnrecognizedPropertyException) {
      return "unknown key " + path;
    }
    JsonNode value = at(tree, mapping.getPath());
    if (value.isMissingNode() || value.isNull()) {
      return path + " is missing";
    }
    if (error instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      return "%s must be %s, was %s".formatted(path, expected(mismatch.getTargetType()), value);
    }
    return path + ": " + error.getOriginalMessage().lines().findFirst().orElse("");
  }

  /** The path of the list in a record that has a null entry, or of the record. */
  private static String emptyEntry(String path, JsonNode record) {
    for (Map.Entry<String, JsonNode> field : record.properties()) {
      for (JsonNode entry : field.getValue()) {
        if (entry.isNull()) {
          return (path.isEmpty() ? "" : path + ".") + field.getKey();
        }
      }
    }
    return path.isEmpty() ? "it" : path;
  }

  private static String path(List<JsonMappingException.Reference> references) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference reference : references) {
      if (reference.getFieldName() == null) {
        path.append('[').append(reference.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(reference.getFieldName());
      }
    }
    return path.toString();
  }

  private static JsonNode at(JsonNode tree, List<JsonMappingException.Reference> references) {
    JsonNode node = tree;
    for (JsonMappingException.Reference reference : references) {
      String name = reference.getFieldName();
      if (name != null) {
        node = node.path(name);
      } else if (node.isArray()) { // otherwise a single value instead of a list with one
        node = node.path(reference.getIndex());
      }
    }
    return node;
  }

  private static String expected(Class<?> type) {
    if (type.isEnum()) {
      return "one of "
          + Arrays.stream(type.getEnumConstants())
              .map(constant -> Json.tree(constant).asText())
              .collect(Collectors.joining(", "));
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a string";
    }
    return Iterable.class.isAssignableFrom(type) ? "an array" : "an object";
  }
}
