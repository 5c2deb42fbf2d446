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
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
 * @param others the paper's results on other data sets; none if absent
 */
public record PaperFigures(
    String source, String dataset, Map<String, Figures> figures, List<PaperFigures> others) {
  /** For experiments that are not in the paper. */
  public static final PaperFigures NONE = new PaperFigures("", null, Map.of(), List.of());

  /**
   * One row in the paper; missing figures are {@code null}.
   *
   * @param trained trained numbers
   * @param trainLoss final training loss
   * @param trainAccuracy final accuracy on the training set, 0 to 1
   * @param testAccuracy final accuracy on the test set, 0 to 1
   * @param seconds duration of the training
   * @param texts scores of generated texts by the metrics' names, in the units of tables; none if
   *     absent
   * @param validationLoss final loss of a language model on the validation set
   * @param mmlu MMLU's right answers in %
   */
  public record Figures(
      Long trained,
      Double trainLoss,
      Double trainAccuracy,
      Double testAccuracy,
      Double seconds,
      Map<String, Double> texts,
      Double validationLoss,
      Double mmlu) {
    private static final Figures NONE = new Figures(null, null, null, null, null, null, null, null);

    /** Copies the scores. */
    public Figures {
      texts = texts == null ? Map.of() : Map.copyOf(texts);
    }
  }

  /** Keeps the order of the methods. */
  public PaperFigures {
    RequiredFields.present("source", source);
    RequiredFields.present("figures", figures);
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    others = others == null ? List.of() : List.copyOf(others);
  }

  private Stream<PaperFigures> all() {
    return Stream.concat(Stream.of(this), others.stream());
  }

  /** Those on a data set, or on the one that it stands in for. */
  private Optional<PaperFigures> on(DatasetSummary data) {
    return all()
        .filter(each -> each.dataset == null || each.dataset.equals(data.name()) || data.standIn())
        .findFirst();
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
    return on(result.dataset()).map(each -> each.figures.get(result.method())).orElse(Figures.NONE);
  }

  /** Whether this is a real data set but none of the paper's. */
  boolean isOther(DatasetSummary data) {
    return on(data).isEmpty();
  }

  /** The paper's data sets, separated by commas. */
  String datasets() {
    return all().map(PaperFigures::dataset).collect(Collectors.joining(", "));
  }

  /** Where the figures on some data sets are printed. */
  List<String> sources(Stream<DatasetSummary> data) {
    return data.flatMap(each -> on(each).stream())
        .map(PaperFigures::source)
        .filter(each -> !each.isEmpty())
        .distinct()
        .toList();
  }

  /** Whether the paper has a figure for any method. */
  boolean has(Function<Figures, ?> figure) {
    return all()
        .flatMap(each -> each.figures.values().stream())
        .map(figure)
        .anyMatch(Objects::nonNull);
  }

  /** The order of methods in tables and charts: the paper's, then alphabetical. */
  public Comparator<String> methodOrder() {
    List<String> order = new ArrayList<>(figures.keySet());
    Comparator<String> paper =
        Comparator.comparingInt(m -> order.contains(m) ? order.indexOf(m) : order.size());
    return paper.thenComparing(Comparator.naturalOrder());
  }
}
