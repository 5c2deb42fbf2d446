// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;

/** Methods as JSON: exactly the fields that their annotations declare. */
final class MethodJson {
  /** The field that a recipe lists separately, since many weights share the rest. */
  static final String W0 = "w0";

  private static final ObjectMapper MAPPER =
      new ObjectMapper().disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);

  private MethodJson() {}

  /** A difference of two objects in one field, which may be a path; a missing side is null. */
  record Difference(String field, JsonNode first, JsonNode second) {}

  static ObjectNode write(Reparameterization method) {
    return MAPPER.valueToTree(method);
  }

  /**
   * The method that the JSON describes, with a placeholder W0: many weights of a file share a
   * method, and many share a W0.
   *
   * @param json without W0
   * @throws FileFormatException naming the field
   */
  static Reparameterization readMethod(ObjectNode json, String file, String where) {
    if (json.has(W0)) {
      throw new FileFormatException(file, where + ": no field " + W0, "one", Remedy.UPDATE);
    }
    ObjectNode whole = json.deepCopy();
    whole.set(W0, MAPPER.valueToTree(FrozenWeight.seeded()));
    return read(whole, Reparameterization.class, "the fields of a known method", file, where);
  }

  /**
   * The W0 that the JSON describes.
   *
   * @throws FileFormatException naming the field
   */
  static FrozenWeight readW0(ObjectNode json, String file, String where) {
    return read(json, FrozenWeight.class, "the fields of a known W0", file, where);
  }

  /**
   * Jackson accepts unknown, missing and converted fields, so its result is written again and
   * compared.
   */
  private static <T> T read(
      ObjectNode json, Class<T> type, String what, String file, String where) {
    T value;
    try {
      value = MAPPER.treeToValue(json, type);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new FileFormatException(
          file, where + ": " + what, reason(e) + " in " + json, Remedy.UPDATE, e);
    }
    Optional<Difference> difference = firstDifference(MAPPER.valueToTree(value), json);
    if (difference.isPresent()) {
      Difference d = difference.get();
      throw new FileFormatException(
          file,
          where
              + ": "
              + (d.first() == null ? "no field " : "")
              + d.field()
              + (d.first() == null ? "" : " as " + d.first()),
          Objects.toString(d.second(), "nothing"),
          Remedy.UPDATE);
    }
    return value;
  }

  private static String reason(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return Objects.toString(cause.getMessage(), cause.toString()).lines().findFirst().orElse("");
  }

  /** The first field, in order, that two objects do not share; 1 and 1.0 are the same. */
  static Optional<Difference> firstDifference(JsonNode first, JsonNode second) {
    Set<String> names = new LinkedHashSet<>();
    first.fieldNames().forEachRemaining(names::add);
    second.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      JsonNode a = first.get(name);
      JsonNode b = second.get(name);
      if (a != null && b != null && a.isObject() && b.isObject()) {
        Optional<Difference> inner = firstDifference(a, b);
        if (inner.isPresent()) {
          Difference d = inner.get();
          return Optional.of(new Difference(name + "." + d.field(), d.first(), d.second()));
        }
      } else if (!same(a, b)) {
        return Optional.of(new Difference(name, a, b));
      }
    }
    return Optional.empty();
  }

  private static boolean same(JsonNode a, JsonNode b) {
    if (a != null && b != null && a.isNumber() && b.isNumber()) {
      return Double.compare(a.doubleValue(), b.doubleValue()) == 0;
    }
    return Objects.equals(a, b);
  }
}
