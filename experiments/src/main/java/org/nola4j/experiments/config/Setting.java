// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;

/**
 * One setting that overrides the configuration files.
 *
 * @param path keys from the configuration's root, separated by dots
 * @param value the new value
 */
public record Setting(String path, JsonNode value) {

  /** Creates a setting with a whole number. */
  public static Setting of(String path, long value) {
    return new Setting(path, LongNode.valueOf(value));
  }

  /** Creates a setting with a string. */
  public static Setting of(String path, String value) {
    return new Setting(path, TextNode.valueOf(value));
  }

  /**
   * Reads {@code path=value}; the value is JSON, or a string if it is not JSON.
   *
   * @throws UserException if the equals sign or the path is missing
   */
  public static Setting parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new UserException(
          "--set needs path=value, for example training.learningRate=0.01, but was " + text);
    }
    return new Setting(text.substring(0, equals), jsonOrString(text.substring(equals + 1)));
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    return path + "=" + value;
  }

  /** The keys of the path. */
  List<String> keys() {
    return List.of(path.split("\\.", -1));
  }

  private static JsonNode jsonOrString(String text) {
    try {
      JsonNode value = Json.parse(text);
      return value.isMissingNode() ? TextNode.valueOf(text) : value;
    } catch (JsonProcessingException notJson) {
      return TextNode.valueOf(text);
    }
  }
}
