// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.JsonErrors;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.config.ConfigLoader;

/**
 * The paper's results for an experiment.
 *
 * @param source where they are printed
 * @param dataset the registered name of the data set; {@code null} for any
 * @param figures the figures by method, in the order of tables
 */
public record PaperFigures(String source, String dataset, Map<String, Figures> figures) {
  /** For experiments that are not in the paper. */
  public static final PaperFigures NONE = new PaperFigures("", null, Map.of());

  /**
   * One row in the paper; missing figures are {@code null}.
   *
   * @param trained trained numbers
   * @param trainLoss final training loss
   * @param trainAccuracy final accuracy on the training set, 0 to 1
   * @param testAccuracy final accuracy on the test set, 0 to 1
   * @param seconds duration of the training
   */
  public record Figures(
      Long trained, Double trainLoss, Double trainAccuracy, Double testAccuracy, Double seconds) {
    private static final Figures NONE = new Figures(null, null, null, null, null);
  }

  /** Keeps the order of the methods. */
  public PaperFigures {
    RequiredFields.present("source", source);
    RequiredFields.present("figures", figures);
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  /** Loads the paper's results for an experiment, if any. */
  public static PaperFigures of(ConfigLoader loader, String experiment) {
    return loader.paper(experiment).map(PaperFigures::of).orElse(NONE);
  }

  /**
   * Reads the content of {@code paper.json}.
   *
   * @throws UserException if it has invalid keys or values
   */
  public static PaperFigures of(JsonNode tree) {
    try {
      return Json.STRICT.treeToValue(tree, PaperFigures.class);
    } catch (JsonProcessingException e) {
      throw new UserException("paper.json: " + JsonErrors.mapping(e, tree), e);
    }
  }

  /**
   * The figures to print next to a run's; all are missing if the paper has none.
   *
   * <p>A run on other data has none. A run on a stand-in does: users who try the experiment without
   * the real set want to see the paper's figures, and the table says that they are not comparable.
   */
  Figures beside(ExperimentResult result) {
    return isOther(result.dataset())
        ? Figures.NONE
        : figures.getOrDefault(result.method(), Figures.NONE);
  }

  /** Whether this is a real data set but not the paper's. */
  boolean isOther(DatasetSummary data) {
    return dataset != null && !dataset.equals(data.name()) && !data.standIn();
  }

  /** Whether the paper has a figure for any method. */
  boolean has(Function<Figures, ?> figure) {
    return figures.values().stream().map(figure).anyMatch(Objects::nonNull);
  }

  /** The order of methods in tables and charts: the paper's, then alphabetical. */
  public Comparator<String> methodOrder() {
    List<String> order = new ArrayList<>(figures.keySet());
    Comparator<String> paper =
        Comparator.comparingInt(m -> order.contains(m) ? order.indexOf(m) : order.size());
    return paper.thenComparing(Comparator.naturalOrder());
  }
}
