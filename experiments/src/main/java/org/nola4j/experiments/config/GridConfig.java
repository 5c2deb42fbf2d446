// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Many runs as data: {@code grids/NAME.json}. A cell is one point of every axis; it has a run for
 * each seed and sample seed. Settings are paths of a configuration with their values, as after
 * {@code --set}; those of the grid come first, then those of the points, axis by axis.
 *
 * @param title what is compared, in one line
 * @param experiment whose configurations are taken, unless a point says so
 * @param method which of them, unless a point says so
 * @param seeds seeds of each cell's runs, at least one
 * @param sampleSeeds for few-shot tasks, seeds that draw the shots, each with all seeds; none
 *     leaves them to the configuration
 * @param settings of all cells
 * @param axes the points of each axis by their names, in order
 * @param columns the axis that tables lay out in columns; {@code null} for none
 * @param search how a setting is chosen for each cell beforehand; {@code null} if none is
 */
public record GridConfig(
    String title,
    String experiment,
    String method,
    List<Long> seeds,
    List<Long> sampleSeeds,
    Map<String, JsonNode> settings,
    Map<String, Map<String, Point>> axes,
    String columns,
    Search search) {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+]*(-[A-Za-z0-9._+]+)*");

  /**
   * A point of an axis.
   *
   * @param experiment whose configurations its cells take; {@code null} for the grid's
   * @param method which of them; {@code null} for the grid's
   * @param settings of its cells
   * @param search the values that are tried for its cells, in place of the grid's; an empty list
   *     for no search; {@code null} for the grid's
   */
  public record Point(
      String experiment, String method, Map<String, JsonNode> settings, List<JsonNode> search) {

    /** Copies the settings. */
    public Point {
      settings = copy(settings);
      search = search == null ? null : List.copyOf(search);
    }
  }

  /**
   * How a setting is chosen: the value with the best mean accuracy on images that are held out of
   * the training set, never on the test set.
   *
   * @param setting its path, as training.learningRate
   * @param values what is tried, unless a point says so; of equal ones the first is taken
   * @param seeds seeds of the runs that try a value; none for the grid's
   * @param sampleSeeds seeds that draw the shots of these runs; none for the grid's
   * @param settings of these runs, over those of the cell; they must set dataset.validation
   */
  public record Search(
      String setting,
      List<JsonNode> values,
      List<Long> seeds,
      List<Long> sampleSeeds,
      Map<String, JsonNode> settings) {

    /** Checks that something is tried, on images held out. */
    public Search {
      ConfigChecks.present("setting", setting);
      values = values == null ? List.of() : List.copyOf(values);
      seeds = seeds == null ? List.of() : List.copyOf(seeds);
      sampleSeeds = sampleSeeds == null ? List.of() : List.copyOf(sampleSeeds);
      settings = copy(settings);
      JsonNode validation = settings.get("dataset.validation");
      if (validation == null || validation.isNull()) {
        throw new IllegalArgumentException(
            "settings must set dataset.validation: values are chosen on images held out of the"
                + " training set, never on the test set");
      }
    }
  }

  /** Checks names and that there is a seed, and copies. */
  public GridConfig {
    ConfigChecks.present("title", title);
    ConfigChecks.present("seeds", seeds);
    ConfigChecks.present("axes", axes);
    seeds = List.copyOf(seeds);
    sampleSeeds = sampleSeeds == null ? List.of() : List.copyOf(sampleSeeds);
    if (seeds.isEmpty() || axes.isEmpty() || axes.values().stream().anyMatch(Map::isEmpty)) {
      throw new IllegalArgumentException("seeds and axes must have something in them");
    }
    requireOnce("seeds", seeds);
    requireOnce("sampleSeeds", sampleSeeds);
    for (Map<String, Point> points : axes.values()) {
      points.keySet().forEach(GridConfig::requireName);
      points.forEach((point, value) -> ConfigChecks.present("axes: point " + point, value));
    }
    if (columns != null && !axes.containsKey(columns)) {
      throw new IllegalArgumentException(
          "columns must be one of the axes, %s, was %s".formatted(axes.keySet(), columns));
    }
    settings = copy(settings);
    axes =
        Collections.unmodifiableMap(
            axes.entrySet().stream()
                .collect(
                    Collectors.toMap(
                        Map.Entry::getKey,
                        axis -> Collections.unmodifiableMap(new LinkedHashMap<>(axis.getValue())),
                        (a, b) -> a,
                        LinkedHashMap::new)));
  }

  private static void requireOnce(String field, List<Long> seeds) {
    if (Set.copyOf(seeds).size() < seeds.size()) {
      throw new IllegalArgumentException(field + " must have each number once, was " + seeds);
    }
  }

  /** A name becomes part of names of files. */
  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "axes must have names of letters, digits and . _ + - for their points, was " + name);
    }
  }

  private static Map<String, JsonNode> copy(Map<String, JsonNode> settings) {
    return settings == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }
}
