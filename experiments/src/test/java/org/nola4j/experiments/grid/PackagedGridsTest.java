// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;
import org.nola4j.experiments.config.ExperimentConfig;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.Catalog;

/** The grids that come with the application, against the results recorded with them. */
class PackagedGridsTest {
  private static final Set<List<Object>> PLANNED = new HashSet<>();
  private static final ConfigLoader LOADER = ConfigLoader.packaged();
  private static final Catalog CATALOG = Catalog.installed();

  /** Its plans build networks of up to 300 million weights; tests of its own plan small ones. */
  private static final String LARGE = "vit-fewshot";

  static List<String> grids() {
    return LOADER.grids();
  }

  @Tag("slow")
  @ParameterizedTest
  @MethodSource("grids")
  void everyCellCanBeTrained(String name) {
    Grid grid = Grid.load(name, LOADER);
    for (GridCell cell : grid.cells()) {
      GridRun run = grid.runs(cell, Optional.empty()).get(0); // the configuration is checked here
      if (!run.experiment().equals(LARGE) && PLANNED.add(network(run))) {
        long trained = trained(run);
        boolean frozen = run.config().training().epochs() == 0;
        assertTrue(frozen ? trained == 0 : trained > 0, cell.name());
      }
    }
  }

  /** A plan may need the data set, to count its classes. */
  private static long trained(GridRun run) {
    try {
      return CATALOG.experiment(run.experiment()).plan(run.config()).parameters().trained();
    } catch (UserException e) {
      assumeFalse(e.getMessage().startsWith("data set"), e.getMessage());
      throw e;
    }
  }

  /** What a plan depends on: cells that differ in seeds, rates and shots have the same. */
  private static List<Object> network(GridRun run) {
    ExperimentConfig config = run.config();
    return Arrays.asList(
        run.experiment(),
        config.dataset().name(),
        config.model(),
        config.base(),
        config.reparameterization(),
        config.classifier());
  }

  /** Whoever changes a configuration must not leave its recorded results behind. */
  @ParameterizedTest
  @CsvSource({
    "mnist-grid, 30",
    "mnist-bases, 30",
    "mnist-quantization, 24",
    "mnist-to-fashion-5-shots, 30",
    "mnist-to-fashion-10-shots, 30",
    "mnist-to-fashion-quantization, 30",
    "cifar10-grid, 11",
    "cifar10-long, 2"
  })
  void recordedResultsAreThoseOfTheGrid(String name, int results) {
    ResultStore store = new ResultStore(Path.of("results"));
    assertEquals(results, store.readAll(name).size());
    assertEquals(results, new GridRecords(Grid.load(name, LOADER), store).all().size());
  }

  /**
   * Tables 1 and 11 on a model of width 256 with 6 blocks: with k = l = 50, NOLA trains a twentieth
   * of what LoRA does at rank 4.
   */
  @Tag("slow")
  @Test
  void smallGpt2TrainsSoMany() {
    Grid grid = Grid.load("gpt2-e2e", LOADER);
    Map<String, Long> trained = new HashMap<>();
    for (GridCell cell : grid.cells()) {
      GridRun run = grid.runs(cell, Optional.empty()).get(0);
      trained.put(
          cell.name(),
          CATALOG.experiment(run.experiment()).plan(run.config()).parameters().trained());
    }
    assertEquals(6 * 2 * 500, trained.get("nola-qv"));
    assertEquals(6 * 2 * 500, trained.get("nola-mlp"));
    assertEquals(6 * 2 * 100, trained.get("nola-qv-k50"));
    assertEquals(6 * 2 * 512, trained.get("lora-rank1"));
    assertEquals(4 * 6 * 2 * 512, trained.get("lora-rank4"));
    assertEquals(6 * (2 * 256 * 6 + 6 + 3 * 256), trained.get("adapter-lin"));
    assertEquals(6 * (2 * 256 * 56 + 56 + 3 * 256), trained.get("adapter-lin-wide"));
    assertEquals(12 * (2 * 256 * 28 + 28 + 256), trained.get("adapter-houlsby"));
    assertEquals(6 * 2 * 256 * 7, trained.get("prefix"));
    assertEquals(2 * (12 * 256 * 256 + 13 * 256), trained.get("last-two"));
    for (GridCell cell : grid.cells()) {
      boolean many = cell.name().startsWith("nola") || cell.name().startsWith("lora");
      assertEquals(many ? 3 : 1, grid.runs(cell, Optional.empty()).size(), cell.name());
    }
  }

  /** Tables 2 and 3: neither ranks nor shared bases cost a trained number. */
  @ParameterizedTest
  @CsvSource({"mnist-bases, 1674", "mnist-rank, 330"})
  void cellsTrainAsMany(String name, long trained) {
    Grid grid = Grid.load(name, LOADER);
    List<Long> counts =
        grid.cells().stream()
            .map(cell -> grid.runs(cell, Optional.empty()).get(0))
            .map(run -> CATALOG.experiment(run.experiment()).plan(run.config()).parameters())
            .map(parameters -> parameters.trained())
            .distinct()
            .toList();
    assertEquals(List.of(trained), counts);
  }
}
