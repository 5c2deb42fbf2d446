// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.nola4j.experiments.common.AtomicFiles;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.JsonErrors;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.results.ExperimentResult;
import org.nola4j.experiments.results.MeanAndDeviation;
import org.nola4j.experiments.results.ResultStore;

/**
 * What a search chose for a cell and why; stored next to the runs that tried the values, as {@code
 * GRID-search/CELL.choice.json}.
 *
 * @param setting the setting that was chosen
 * @param tried all values, in the grid's order
 * @param value the first value with the highest mean accuracy, or, of language models, the least
 *     mean loss
 * @param candidates the values whose runs all finished
 * @param seeds those of the runs of each value; {@code null} in older files
 * @param sampleSeeds those for drawing their shots; {@code null} in older files
 */
public record Choice(
    String setting,
    List<JsonNode> tried,
    JsonNode value,
    List<Candidate> candidates,
    @JsonInclude(JsonInclude.Include.NON_NULL) List<Long> seeds,
    @JsonInclude(JsonInclude.Include.NON_NULL) List<Long> sampleSeeds) {

  /**
   * A value whose runs all finished.
   *
   * @param value the value
   * @param accuracy mean accuracy on held-out examples, 0 to 1
   * @param deviation its sample standard deviation; {@code null} for one run
   * @param runs number of runs
   * @param loss mean loss on the validation set, of language models; {@code null} for others
   */
  public record Candidate(
      JsonNode value,
      double accuracy,
      Double deviation,
      int runs,
      @JsonInclude(JsonInclude.Include.NON_NULL) Double loss) {
    private boolean isBetterThan(Candidate other) {
      return (loss != null && other.loss != null) ? loss < other.loss : accuracy > other.accuracy;
    }
  }

  /** Copies the lists. */
  public Choice {
    tried = List.copyOf(tried);
    candidates = List.copyOf(candidates);
    seeds = seeds == null ? null : List.copyOf(seeds);
    sampleSeeds = sampleSeeds == null ? null : List.copyOf(sampleSeeds);
  }

  /**
   * Chooses from the recorded results; values whose runs diverged have none.
   *
   * @return empty if no value has all its results
   */
  static Optional<Choice> from(Grid grid, GridCell cell, ResultStore store) {
    List<Candidate> candidates = new ArrayList<>();
    Candidate best = null;
    for (Map.Entry<JsonNode, List<GridRun>> runs : grid.searchRuns(cell).entrySet()) {
      List<ExperimentResult> results =
          runs.getValue().stream().flatMap(run -> store.find(run.id()).stream()).toList();
      if (results.size() == runs.getValue().size()) {
        MeanAndDeviation accuracy =
            MeanAndDeviation.of(results, result -> result.finalMetrics().testAccuracy());
        Candidate candidate =
            new Candidate(
                runs.getKey(),
                accuracy.mean(),
                accuracy.deviation(),
                results.size(),
                loss(results));
        candidates.add(candidate);
        best = best == null || candidate.isBetterThan(best) ? candidate : best;
      }
    }
    return best == null
        ? Optional.empty()
        : Optional.of(
            new Choice(
                grid.config().search().setting(),
                cell.tried(),
                best.value(),
                candidates,
                grid.searchSeeds(),
                grid.searchSampleSeeds()));
  }

  private static Double loss(List<ExperimentResult> results) {
    List<Double> losses =
        results.stream()
            .map(result -> result.finalMetrics().testLoss())
            .filter(Objects::nonNull)
            .toList();
    return losses.isEmpty() ? null : MeanAndDeviation.of(losses, Double::doubleValue).mean();
  }

  /**
   * The earlier choice, if it was among the same values, each with the same runs as now.
   *
   * @throws UserException if its file is malformed
   */
  static Optional<Choice> made(Grid grid, GridCell cell, ResultStore store) {
    Path file = file(grid, cell, store);
    if (cell.tried().isEmpty() || !Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Choice choice = Json.LENIENT.treeToValue(Json.object(Json.read(file)), Choice.class);
      return Optional.of(choice).filter(made -> made.isOf(grid, cell));
    } catch (JsonProcessingException e) {
      throw new UserException("%s: %s; delete it".formatted(file, JsonErrors.syntax(e)), e);
    } catch (IOException e) {
      throw new UserException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private boolean isOf(Grid grid, GridCell cell) {
    Map<JsonNode, List<GridRun>> runs = grid.searchRuns(cell);
    return tried.equals(cell.tried())
        && setting.equals(grid.config().search().setting())
        && isUnknownOr(grid.searchSeeds(), seeds)
        && isUnknownOr(grid.searchSampleSeeds(), sampleSeeds)
        && candidates.stream()
            .allMatch(each -> each.runs() == runs.getOrDefault(each.value(), List.of()).size());
  }

  private static boolean isUnknownOr(List<Long> now, List<Long> then) {
    return then == null || then.equals(now);
  }

  void write(Grid grid, GridCell cell, ResultStore store) throws IOException {
    byte[] text = (Json.text(this) + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(file(grid, cell, store), out -> out.write(text));
  }

  private static Path file(Grid grid, GridCell cell, ResultStore store) {
    return store.folder(grid.searchName()).resolve(cell.name() + ".choice.json");
  }
}
