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
 * A grid of runs: {@code grids/NAME.json}. A cell combines one point of each axis and has a run for
 * each seed and sample seed. Settings are configuration paths with values, as for {@code --set};
 * those of the grid come first, then those of the points, axis by axis.
 *
 * @param title what is compared, in one line
 * @param experiment the experiment, unless a point sets it
 * @param method the method, unless a point sets it
 * @param seeds seeds of each cell's runs, at least one, unless a point sets them
 * @param sampleSeeds for few-shot tasks, seeds for drawing the shots, each combined with all seeds;
 *     empty for the configuration's
 * @param settings of all cells
 * @param axes the points of each axis by name, in order
 * @param columns the axis shown as table columns; {@code null} for none
 * @param search how a setting is chosen for each cell; {@code null} for no search
 * @param paper the experiment whose figures in the paper stand in tables beside cells that are
 *     named like its methods; {@code null} for none
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
    Search search,
    String paper) {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+]*(-[A-Za-z0-9._+]+)*");

  /**
   * A point of an axis.
   *
   * @param experiment the experiment of its cells; {@code null} for the grid's
   * @param method the method of its cells; {@code null} for the grid's
   * @param settings of its cells
   * @param search the values to try for its cells; empty for no search; {@code null} for the grid's
   * @param seeds seeds of its cells' runs; {@code null} for the grid's
   * @param line the name of the line that joins its cells with others in a chart of accuracy
   *     against trained numbers; {@code null} for none
   */
  public record Point(
      String experiment,
      String method,
      Map<String, JsonNode> settings,
      List<JsonNode> search,
      List<Long> seeds,
      String line) {

    /** Copies the settings. */
    public Point {
      settings = copy(settings);
      seeds = seeds == null ? null : List.copyOf(seeds);
      if (seeds != null) {
        if (seeds.isEmpty()) {
          throw new IllegalArgumentException("seeds must not be empty");
        }
        requireOnce("seeds", seeds);
      }
      search = search == null ? null : List.copyOf(search);
    }
  }

  /**
   * How a setting is chosen: the value with the best mean accuracy on examples held out of the
   * training set, or, of language models, the least mean loss on the validation set; never on the
   * test set.
   *
   * @param setting path of the setting, such as training.learningRate
   * @param values the values to try, unless a point sets them; the first of equally good ones is
   *     chosen
   * @param seeds seeds of the runs that try a value; empty for the grid's
   * @param sampleSeeds seeds for drawing the shots of these runs; empty for the grid's
   * @param settings settings of these runs, which override the cell's; they must set
   *     dataset.validation, or, for language models, evaluation.texts to 0
   */
  public record Search(
      String setting,
      List<JsonNode> values,
      List<Long> seeds,
      List<Long> sampleSeeds,
      Map<String, JsonNode> settings) {

    /** Checks that there are values to try, on held-out images. */
    public Search {
      ConfigChecks.present("setting", setting);
      values = values == null ? List.of() : List.copyOf(values);
      seeds = seeds == null ? List.of() : List.copyOf(seeds);
      sampleSeeds = sampleSeeds == null ? List.of() : List.copyOf(sampleSeeds);
      settings = copy(settings);
      if (!holdsOut(settings) && !writesNothing(settings)) {
        throw new IllegalArgumentException(
            "settings must set dataset.validation, or evaluation.texts to 0 for language models:"
                + " values are chosen on examples held out of the training set, never on the test"
                + " set");
      }
    }

    /** The last part of its path, such as learningRate. */
    public String settingName() {
      return setting.substring(setting.lastIndexOf('.') + 1);
    }

    private static boolean holdsOut(Map<String, JsonNode> settings) {
      JsonNode validation = settings.get("dataset.validation");
      return validation != null && !validation.isNull();
    }

    private static boolean writesNothing(Map<String, JsonNode> settings) {
      JsonNode texts = settings.get("evaluation.texts");
      return texts != null && texts.isInt() && texts.intValue() == 0;
    }
  }

  /** Checks names and seeds, and copies the lists. */
  public GridConfig {
    ConfigChecks.present("title", title);
    ConfigChecks.present("seeds", seeds);
    ConfigChecks.present("axes", axes);
    seeds = List.copyOf(seeds);
    sampleSeeds = sampleSeeds == null ? List.of() : List.copyOf(sampleSeeds);
    if (seeds.isEmpty() || axes.isEmpty() || axes.values().stream().anyMatch(Map::isEmpty)) {
      throw new IllegalArgumentException("seeds and axes must not be empty");
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
      throw new IllegalArgumentException(field + " must not have duplicates, was " + seeds);
    }
  }

  /** Names become part of file names. */
  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "names of axis points must consist of letters, digits, and . _ + -, was " + name);
    }
  }

  private static Map<String, JsonNode> copy(Map<String, JsonNode> settings) {
    return settings == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }
}
