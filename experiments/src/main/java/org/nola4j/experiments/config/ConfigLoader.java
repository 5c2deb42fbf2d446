// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.JsonErrors;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;

/**
 * Loads the configuration of a run: {@code default.json}, overridden by {@code <method>.json},
 * overridden by settings.
 *
 * <p>Objects are merged key by key; everything else is replaced, and {@code null} removes a key.
 */
public final class ConfigLoader {
  private static final String DEFAULT = "default";
  private static final String PAPER = "paper";
  private static final String GRIDS = "grids";

  private final ConfigFiles files;

  private ConfigLoader(ConfigFiles files) {
    this.files = files;
  }

  /** Loads built-in configurations. */
  public static ConfigLoader packaged() {
    return new ConfigLoader(ConfigFiles.packaged());
  }

  /**
   * Loads configurations from a folder and built-in ones.
   *
   * @param folder contains {@code <experiment>/<method>.json}; a file replaces the built-in one
   *     with the same name
   * @throws UserException if it is not a readable folder
   */
  public static ConfigLoader withFolder(Path folder) {
    return new ConfigLoader(ConfigFiles.packaged().under(folder));
  }

  /**
   * The methods with a configuration for an experiment, in alphabetical order.
   *
   * @throws UserException if there is none for this experiment
   */
  public List<String> methods(String experiment) {
    List<String> methods =
        files.names(experiment).stream()
            .filter(name -> !Set.of(DEFAULT, PAPER).contains(name))
            .toList();
    if (methods.isEmpty()) {
      throw new UserException(
          "no configurations for experiment %s%s"
              .formatted(experiment, Suggestions.hint(experiment, files.experiments())));
    }
    return methods;
  }

  /**
   * The configuration of one run.
   *
   * @throws UserException if the method is unknown or a setting is wrong; the message names the
   *     file and the key
   */
  public ExperimentConfig load(String experiment, String method, List<Setting> settings) {
    List<String> methods = methods(experiment);
    if (!methods.contains(method)) {
      throw new UserException(
          "unknown method %s%s (available for %s: %s)"
              .formatted(
                  method,
                  Suggestions.hint(method, methods),
                  experiment,
                  String.join(", ", methods)));
    }
    ObjectNode merged = mergedFiles(experiment, method);
    settings.forEach(setting -> ConfigKeys.set(merged, setting));
    String origin = settings.isEmpty() ? method + ".json" : "--set";
    ConfigKeys.check(merged, merged, origin);
    return map(merged, experiment, method);
  }

  /** The paper's results for an experiment: the content of {@code paper.json}, if there is one. */
  public Optional<JsonNode> paper(String experiment) {
    return files.find(experiment, PAPER).map(ConfigLoader::parse);
  }

  /** The names of all grids, in alphabetical order. */
  public List<String> grids() {
    return files.names(GRIDS);
  }

  /**
   * A grid of runs.
   *
   * @throws UserException if there is none with this name or its file is malformed
   */
  public GridConfig grid(String name) {
    ConfigFiles.Source source =
        files
            .find(GRIDS, name)
            .orElseThrow(
                () ->
                    new UserException(
                        "unknown grid %s%s (available: %s)"
                            .formatted(
                                name,
                                Suggestions.hint(name, grids()),
                                String.join(", ", grids()))));
    ObjectNode tree = parse(source);
    try {
      return Json.STRICT.treeToValue(tree, GridConfig.class);
    } catch (JsonProcessingException e) {
      throw new UserException(source.origin() + ": " + JsonErrors.mapping(e, tree), e);
    }
  }

  private ObjectNode mergedFiles(String experiment, String method) {
    List<ConfigFiles.Source> sources =
        List.of(DEFAULT, method).stream()
            .flatMap(name -> files.find(experiment, name).stream())
            .toList();
    List<ObjectNode> trees =
        sources.stream()
            .map(ConfigLoader::parse)
            .map(ExperimentConfig::canonical)
            .map(ObjectNode.class::cast)
            .toList();
    ObjectNode merged = Json.STRICT.createObjectNode();
    trees.forEach(tree -> merge(merged, tree));
    for (int i = 0; i < sources.size(); i++) {
      ConfigKeys.check(trees.get(i), merged, sources.get(i).origin());
    }
    return merged;
  }

  private static ObjectNode parse(ConfigFiles.Source source) {
    try {
      if (Json.parse(source.text()) instanceof ObjectNode object) {
        return object;
      }
      throw new UserException(source.origin() + ": expected a JSON object");
    } catch (JsonProcessingException e) {
      throw new UserException(source.origin() + ": " + JsonErrors.syntax(e), e);
    }
  }

  private static void merge(ObjectNode base, ObjectNode over) {
    for (Map.Entry<String, JsonNode> entry : over.properties()) {
      JsonNode old = base.get(entry.getKey());
      if (old instanceof ObjectNode below && entry.getValue() instanceof ObjectNode above) {
        merge(below, above);
      } else if (entry.getValue().isNull()) {
        base.remove(entry.getKey());
      } else {
        base.set(entry.getKey(), entry.getValue().deepCopy());
      }
    }
  }

  private static ExperimentConfig map(ObjectNode merged, String experiment, String method) {
    ObjectNode whole = merged.deepCopy().put("experiment", experiment).put("method", method);
    try {
      return Json.STRICT.treeToValue(whole, ExperimentConfig.class);
    } catch (JsonProcessingException e) {
      throw new UserException(
          "configuration of %s/%s: %s".formatted(experiment, method, JsonErrors.mapping(e, whole)),
          e);
    }
  }
}
