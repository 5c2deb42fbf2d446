// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.Suggestions;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.GridConfig;
import org.nola4j.experiments.config.GridConfig.Point;
import org.nola4j.experiments.config.GridConfig.Search;
import org.nola4j.experiments.config.Setting;

/** The cells of a grid, and the runs of each. */
public final class Grid {
  private static final String SEED = "seed";
  private static final String SAMPLE_SEED = "dataset.shotsSeed";

  private final String name;
  private final GridConfig config;
  private final ConfigLoader loader;
  private final List<GridCell> cells;

  private Grid(String name, GridConfig config, ConfigLoader loader, List<GridCell> cells) {
    this.name = name;
    this.config = config;
    this.loader = loader;
    this.cells = List.copyOf(cells);
  }

  /**
   * Loads a complete grid by name.
   *
   * @throws UserException if there is none, or a cell has no experiment or method
   */
  public static Grid load(String name, ConfigLoader loader) {
    GridConfig config = loader.grid(name);
    requirePaper(name, config, loader);
    List<GridCell> cells = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Map<String, Point> points : combinations(config)) {
      GridCell cell = cell(name, config, points);
      if (!names.add(cell.name())) {
        throw new UserException(
            "grid %s: two cells are named %s; rename a point".formatted(name, cell.name()));
      }
      cells.add(cell);
    }
    return new Grid(name, config, loader, cells);
  }

  private static void requirePaper(String name, GridConfig config, ConfigLoader loader) {
    if (config.paper() == null) {
      return;
    }
    if (loader.paper(config.paper()).isEmpty()) {
      throw new UserException(
          "grid %s: the paper has no figures of experiment %s".formatted(name, config.paper()));
    }
    if (!isList(config)) {
      throw new UserException(
          "grid %s: the paper's figures stand beside lists only, of one axis and without search; remove paper"
              .formatted(name));
    }
  }

  private static boolean isList(GridConfig config) {
    return config.axes().size() == 1 && config.search() == null;
  }

  /** All combinations of one point per axis; the last axis varies fastest. */
  private static List<Map<String, Point>> combinations(GridConfig config) {
    List<Map<String, Point>> all = List.of(Map.of());
    for (Map<String, Point> axis : config.axes().values()) {
      List<Map<String, Point>> longer = new ArrayList<>();
      for (Map<String, Point> begun : all) {
        axis.forEach(
            (point, value) -> {
              Map<String, Point> more = new LinkedHashMap<>(begun);
              if (more.put(point, value) != null) {
                throw new UserException("two axes have a point named " + point);
              }
              longer.add(more);
            });
      }
      all = longer;
    }
    return all;
  }

  private static GridCell cell(String grid, GridConfig config, Map<String, Point> points) {
    String experiment = config.experiment();
    String method = config.method();
    Map<String, JsonNode> settings = new LinkedHashMap<>(config.settings());
    List<JsonNode> tried = config.search() == null ? List.of() : config.search().values();
    List<Long> seeds = config.seeds();
    String line = null;
    for (Point point : points.values()) {
      seeds = point.seeds() == null ? seeds : point.seeds();
      line = point.line() == null ? line : point.line();
      experiment = point.experiment() == null ? experiment : point.experiment();
      method = point.method() == null ? method : point.method();
      settings.putAll(point.settings());
      tried = point.search() == null ? tried : point.search();
    }
    if (experiment == null || method == null) {
      throw new UserException(
          "grid %s: experiment or method of cell %s is missing"
              .formatted(grid, String.join("-", points.keySet())));
    }
    if (config.search() == null && !tried.isEmpty()) {
      throw new UserException(
          "grid %s: a point has values to search, but the grid has no search".formatted(grid));
    }
    return new GridCell(
        List.copyOf(points.keySet()), experiment, method, settings(settings), tried, seeds, line);
  }

  private static List<Setting> settings(Map<String, JsonNode> settings) {
    return settings.entrySet().stream()
        .map(each -> new Setting(each.getKey(), each.getValue()))
        .toList();
  }

  /**
   * Returns a copy with some settings of all cells changed.
   *
   * @throws UserException if an axis, the search, or the seeds of the grid set one of them
   */
  public Grid with(List<Setting> changes) {
    changes.forEach(this::requireFree);
    return new Grid(name, config, loader, cells.stream().map(cell -> cell.with(changes)).toList());
  }

  private void requireFree(Setting change) {
    String path = change.path();
    if (config.search() != null && config.search().setting().equals(path)) {
      throw new UserException(
          "grid %s searches %s for each cell, so it cannot be set".formatted(name, path));
    }
    if (path.equals(SEED) || (path.equals(SAMPLE_SEED) && !config.sampleSeeds().isEmpty())) {
      throw new UserException(
          "grid %s sets %s for each run, so it cannot be set".formatted(name, path));
    }
    for (Map.Entry<String, Map<String, Point>> axis : config.axes().entrySet()) {
      Map<String, Point> points = axis.getValue();
      if (points.values().stream().anyMatch(point -> point.settings().containsKey(path))) {
        throw new UserException(
            "grid %s: its axis %s sets %s; choose points with --only (available: %s)"
                .formatted(name, axis.getKey(), path, String.join(", ", points.keySet())));
      }
    }
  }

  /**
   * Returns the part with the given points only; an axis without a given point is complete.
   *
   * @throws UserException if no axis has a point with this name
   */
  public Grid only(List<String> names) {
    Set<String> known = new LinkedHashSet<>();
    config.axes().values().forEach(axis -> known.addAll(axis.keySet()));
    for (String each : names) {
      if (!known.contains(each)) {
        throw new UserException(
            "--only: grid %s has no point %s%s (available: %s)"
                .formatted(name, each, Suggestions.hint(each, known), String.join(", ", known)));
      }
    }
    List<Set<String>> wanted =
        config.axes().values().stream()
            .map(
                axis ->
                    names.stream().anyMatch(axis::containsKey)
                        ? Set.copyOf(names)
                        : Set.copyOf(axis.keySet()))
            .toList();
    return new Grid(
        name,
        config,
        loader,
        cells.stream()
            .filter(
                cell -> {
                  List<String> points = cell.points();
                  for (int i = 0; i < points.size(); i++) {
                    if (!wanted.get(i).contains(points.get(i))) {
                      return false;
                    }
                  }
                  return true;
                })
            .toList());
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Whether this is a plain list of methods: one axis and no search. */
  public boolean isList() {
    return isList(config);
  }

  /** Its file. */
  public GridConfig config() {
    return config;
  }

  /** The experiment name of the recorded runs of its search. */
  public String searchName() {
    return name + "-search";
  }

  /** All cells; the last axis varies fastest. */
  public List<GridCell> cells() {
    return cells;
  }

  /** Its table: the cells of each row by column, or one without a name if no axis is across. */
  Map<List<String>, Map<String, GridCell>> rows() {
    Map<List<String>, Map<String, GridCell>> rows = new LinkedHashMap<>();
    for (GridCell cell : cells) {
      List<String> names = new ArrayList<>(cell.points());
      int across = new ArrayList<>(config.axes().keySet()).indexOf(config.columns());
      String column = across < 0 ? "" : names.remove(across);
      rows.computeIfAbsent(names, n -> new LinkedHashMap<>()).put(column, cell);
    }
    return rows;
  }

  /**
   * The runs of a cell, seed by seed.
   *
   * @param chosen the value chosen by the grid's search, if it has one
   * @throws UserException if its configuration is wrong
   */
  public List<GridRun> runs(GridCell cell, Optional<JsonNode> chosen) {
    List<Setting> settings = new ArrayList<>(cell.settings());
    chosen.ifPresent(value -> settings.add(new Setting(config.search().setting(), value)));
    return runs(name, cell, cell.name(), settings, cell.seeds(), config.sampleSeeds());
  }

  /**
   * The values to try for a cell, each with its runs.
   *
   * @throws UserException if a configuration is wrong
   */
  public Map<JsonNode, List<GridRun>> searchRuns(GridCell cell) {
    Map<JsonNode, List<GridRun>> runs = new LinkedHashMap<>();
    for (JsonNode value : cell.tried()) {
      Search search = config.search();
      List<Setting> settings = new ArrayList<>(cell.settings());
      settings.addAll(settings(search.settings()));
      settings.add(new Setting(search.setting(), value));
      runs.put(
          value,
          runs(
              searchName(),
              cell,
              cell.name() + "-" + Json.plain(value).replaceAll("[^A-Za-z0-9.]+", "_"),
              settings,
              searchSeeds(),
              searchSampleSeeds()));
    }
    return runs;
  }

  /** The seeds of the runs that try a value. */
  List<Long> searchSeeds() {
    List<Long> own = config.search().seeds();
    return own.isEmpty() ? config.seeds() : own;
  }

  /** The seeds for drawing their shots. */
  List<Long> searchSampleSeeds() {
    List<Long> own = config.search().sampleSeeds();
    return own.isEmpty() ? config.sampleSeeds() : own;
  }

  private List<GridRun> runs(
      String recordedAs,
      GridCell cell,
      String method,
      List<Setting> settings,
      List<Long> seeds,
      List<Long> sampleSeeds) {
    List<GridRun> runs = new ArrayList<>();
    for (long seed : seeds) {
      List<Setting> seeded = new ArrayList<>(settings);
      seeded.add(Setting.of(SEED, seed));
      if (sampleSeeds.isEmpty()) {
        runs.add(run(cell, seeded, recordedAs, method));
      }
      for (long sample : sampleSeeds) {
        List<Setting> sampled = new ArrayList<>(seeded);
        sampled.add(Setting.of(SAMPLE_SEED, sample));
        runs.add(run(cell, sampled, recordedAs, method + "-sample" + sample));
      }
    }
    return runs;
  }

  private GridRun run(GridCell cell, List<Setting> settings, String recordedAs, String method) {
    ExperimentConfig loaded = loader.load(cell.experiment(), cell.method(), settings);
    if (recordedAs.equals(searchName())
        && loaded.dataset().validation() == null
        && !loaded.model().completesTexts()) {
      throw new UserException(
          "grid %s: search.settings must set dataset.validation for cell %s, whose network is no language model"
              .formatted(name, cell.name()));
    }
    return new GridRun(cell.experiment(), loaded.named(recordedAs, method));
  }

  @Override
  public String toString() {
    return name + cells.stream().map(GridCell::name).collect(Collectors.toList());
  }
}
