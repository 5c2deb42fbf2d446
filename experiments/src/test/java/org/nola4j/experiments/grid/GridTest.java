// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.config.Setting;

class GridTest {
  private static final String TWO_AXES =
      """
      "experiment": "mnist", "seeds": [1, 2], "sampleSeeds": [7, 8],
      "settings": {"training.epochs": 3, "dataset.shots": 5},
      "axes": {
        "method": {
          "nola": {"method": "nola"},
          "lora": {"method": "lora", "settings": {"training.epochs": 4}, "search": []}
        },
        "data": {
          "mnist": {},
          "fashion": {"settings": {"dataset.name": "fashion-mnist"}, "search": [0.5]}
        }
      }
      """;

  private static final String SEARCH =
      """
      , "search": {
        "setting": "training.learningRate", "values": [0.1, 0.0005], "seeds": [3],
        "settings": {"dataset.validation": 100, "training.epochs": 2}
      }
      """;

  private static final String SEARCHED = TWO_AXES + SEARCH;

  @TempDir private Path folder;

  @Test
  void cellsAreAllCombinationsAndLaterSettingsCount() throws IOException {
    Grid grid = grid(SEARCHED);
    assertEquals(List.of("nola-mnist", "nola-fashion", "lora-mnist", "lora-fashion"), names(grid));
    List<GridRun> runs = grid.runs(grid.cells().get(3), Optional.empty());
    assertEquals(
        List.of(
            "small lora-fashion-sample7 seed 1",
            "small lora-fashion-sample8 seed 1",
            "small lora-fashion-sample7 seed 2",
            "small lora-fashion-sample8 seed 2"),
        runs.stream().map(run -> run.id().toString()).toList());
    ExperimentConfig config = runs.get(1).config();
    assertEquals("mnist", runs.get(1).experiment());
    assertEquals(8, config.dataset().shotsSeed());
    assertEquals("fashion-mnist", config.dataset().name());
    assertEquals(4, config.training().epochs());
    assertEquals(5, config.dataset().shots());
    assertEquals(
        3, grid.runs(grid.cells().get(0), Optional.empty()).get(0).config().training().epochs());
  }

  @Test
  void changesCountForAllCellsUnlessAnAxisOrTheSearchSetsThem() throws IOException {
    Grid grid = grid(SEARCHED).with(List.of(Setting.of("dataset.shots", 7)));
    for (GridCell cell : grid.cells()) {
      assertEquals(7, grid.runs(cell, Optional.empty()).get(0).config().dataset().shots());
      grid.searchRuns(cell).values().stream()
          .flatMap(List::stream)
          .forEach(run -> assertEquals(7, run.config().dataset().shots()));
    }
    assertMessage(
        "grid small: its axis data sets dataset.name; choose points with --only (available: mnist,"
            + " fashion)",
        () -> grid.with(List.of(Setting.of("dataset.name", "mnist"))));
    assertMessage(
        "grid small searches training.learningRate for each cell, so it cannot be set",
        () -> grid.with(List.of(Setting.parse("training.learningRate=0.1"))));
    for (String path : List.of("seed", "dataset.shotsSeed")) {
      assertMessage(
          "grid small sets %s for each run, so it cannot be set".formatted(path),
          () -> grid.with(List.of(Setting.of(path, 9))));
    }
  }

  @Test
  void searchRunsAreOnImagesHeldOutAndChosenValuesAreSet() throws IOException {
    Grid grid = grid(SEARCHED);
    GridCell cell = grid.cells().get(0);
    List<GridRun> tries = grid.searchRuns(cell).values().stream().flatMap(List::stream).toList();
    assertEquals(
        List.of(
            "small-search nola-mnist-0.1-sample7 seed 3",
            "small-search nola-mnist-0.1-sample8 seed 3",
            "small-search nola-mnist-0.0005-sample7 seed 3",
            "small-search nola-mnist-0.0005-sample8 seed 3"),
        tries.stream().map(run -> run.id().toString()).toList());
    ExperimentConfig config = tries.get(3).config();
    assertEquals(0.0005, config.training().learningRate());
    assertEquals(100, config.dataset().validation());
    assertEquals(2, config.training().epochs());
    ExperimentConfig last =
        grid.runs(cell, Optional.of(Json.STRICT.readTree("0.0005"))).get(0).config();
    assertEquals(0.0005, last.training().learningRate());
    assertEquals(null, last.dataset().validation());
    assertEquals(3, last.training().epochs());
    // A point's own values: those of the last axis count.
    assertEquals(1, grid.searchRuns(grid.cells().get(1)).size());
    assertEquals(0, grid.searchRuns(grid.cells().get(2)).size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nola         | nola-mnist nola-fashion",
        "fashion      | nola-fashion lora-fashion",
        "nola,fashion | nola-fashion",
        "lora,nola,mnist | nola-mnist lora-mnist",
      })
  void onlySomePoints(String only, String cells) throws IOException {
    Grid part = grid(SEARCHED).only(List.of(only.split(",")));
    assertEquals(List.of(cells.split(" ")), names(part));
  }

  @Test
  void wrongGridsAreExplained() throws IOException {
    assertMessage(
        "--only: grid small has no point nla; did you mean nola? (available: nola, lora, mnist,"
            + " fashion)",
        () -> grid(SEARCHED).only(List.of("nla")));
    assertMessage(
        "grid small: a point has values to search, but the grid has no search",
        () -> grid(TWO_AXES));
    String axes = "\"axes\": {\"a\": {\"x\": {}}}";
    assertMessage(
        "grid small: experiment or method of cell x is missing",
        () -> grid("\"method\": \"nola\", \"seeds\": [1], " + axes));
    assertMessage(
        "grids/small.json: names of axis points must consist of letters, digits, and . _ + -, was"
            + " a/b",
        () -> grid("\"seeds\": [1], \"axes\": {\"a\": {\"a/b\": {}}}"));
    assertMessage(
        "small.json: seeds must not have duplicates, was [1, 1]",
        () -> grid("\"seeds\": [1, 1], " + axes));
    assertMessage("small.json: seeds is missing", () -> grid(axes));
    assertMessage(
        "small.json: columns must be one of the axes, [a], was b",
        () -> grid("\"seeds\": [1], \"columns\": \"b\", " + axes));
    assertMessage("unknown key sedes", () -> grid("\"seeds\": [1], \"sedes\": [1], " + axes));
    assertMessage(
        "small.json: search.settings must set dataset.validation, or evaluation.texts to 0 for"
            + " language models: values are chosen on examples held out of the training set, never"
            + " on the test set",
        () ->
            grid(
                "\"seeds\": [1], %s, \"search\": {\"setting\": \"training.learningRate\"}"
                    .formatted(axes)));
    assertMessage(
        "grid small: search.settings must set dataset.validation for cell b, whose network is no"
            + " language model",
        () -> {
          Grid grid =
              grid(
                  "\"experiment\": \"mnist\", \"method\": \"nola\", \"seeds\": [1], \"axes\":"
                      + " {\"a\": {\"b\": {}}}, \"search\": {\"setting\":"
                      + " \"training.learningRate\", \"values\": [1], \"settings\":"
                      + " {\"evaluation.texts\": 0}}");
          grid.searchRuns(grid.cells().get(0));
        });
    assertMessage(
        "grid small: two cells are named a-b-c; rename a point",
        () ->
            grid(
                "\"experiment\": \"mnist\", \"method\": \"nola\", \"seeds\": [1], \"axes\": {"
                    + "\"1\": {\"a\": {}, \"a-b\": {}}, \"2\": {\"b-c\": {}, \"c\": {}}}"));
    assertMessage(
        "unknown grid smal; did you mean small?",
        () -> Grid.load("smal", ConfigLoader.withFolder(folder)));
    assertMessage(
        "unknown key training.epoch",
        () -> {
          Grid grid =
              grid(
                  "\"experiment\": \"mnist\", \"method\": \"nola\", \"seeds\": [1],"
                      + " \"settings\": {\"training.epoch\": 1}, "
                      + axes);
          grid.runs(grid.cells().get(0), Optional.empty());
        });
  }

  @Tag("slow")
  @Test
  void packagedGridsLoad() {
    ConfigLoader packaged = ConfigLoader.packaged();
    assertTrue(packaged.grids().contains("mnist-rank"), packaged.grids().toString());
    for (String name : packaged.grids()) {
      Grid grid = Grid.load(name, packaged);
      for (GridCell cell : grid.cells()) {
        assertTrue(!grid.runs(cell, Optional.empty()).isEmpty(), name);
        grid.searchRuns(cell);
      }
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private static void assertMessage(String part, Action action) {
    String message = assertThrows(UserException.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static List<String> names(Grid grid) {
    return grid.cells().stream().map(GridCell::name).toList();
  }

  private Grid grid(String body) throws IOException {
    Path file = Files.createDirectories(folder.resolve("grids")).resolve("small.json");
    Files.writeString(file, "{\"title\": \"small\", " + body + "}");
    return Grid.load("small", ConfigLoader.withFolder(folder));
  }
}
