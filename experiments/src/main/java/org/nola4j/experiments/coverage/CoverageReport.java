// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.coverage;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nola4j.experiments.report.Cell;
import org.nola4j.experiments.report.Column;
import org.nola4j.experiments.report.Table;

/**
 * A study's results as tables.
 *
 * @param study what was measured
 * @param points the result of {@link CoverageStudy#run}
 */
public record CoverageReport(CoverageStudy study, List<CoveragePoint> points) {
  /** What fits on a screen. */
  private static final int MOST_ROWS = 12;

  /** Copies the points. */
  public CoverageReport {
    points = List.copyOf(points);
  }

  /** One row per point with all its parameters, for programs. */
  public Table whole() {
    List<Column> columns =
        Stream.of(
                "construction",
                "d",
                "n",
                "rank",
                "samples",
                "seed",
                "tolerance",
                "dimension",
                "closed_form",
                "coverage",
                "closed_form_coverage")
            .map(key -> Column.number(key, key))
            .toList();
    return new Table("", columns, points.stream().map(this::row).toList(), List.of());
  }

  private List<Cell> row(CoveragePoint point) {
    return Stream.of(
            point.construction().name().toLowerCase(Locale.ROOT),
            point.d(),
            point.n(),
            point.construction() == Construction.NOLA ? study.rank() : null,
            study.samples(point.d()),
            study.seed(),
            study.tolerance(),
            point.dimension(),
            point.closedForm(),
            point.coverage(),
            point.closedFormCoverage())
        .map(value -> Cell.of(String.valueOf(value), value))
        .toList();
  }

  /** At most a dozen n per size, with both constructions side by side, for people. */
  public Table summary() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.number("d", "d"));
    columns.add(Column.number("n", "n"));
    for (Construction construction : Construction.values()) {
      String name = construction.name();
      columns.add(Column.number(name + " dimension", name + "_dimension"));
      columns.add(Column.number("closed form", name + "_closed_form"));
      columns.add(Column.number("covered", name + "_coverage"));
    }
    List<List<Cell>> rows = new ArrayList<>();
    for (int d : study.sizes()) {
      thinned(study.counts()).forEach(n -> rows.add(sideBySide(d, n)));
    }
    return new Table("", columns, rows, notes());
  }

  /** Evenly spaced, including the last. */
  private static List<Integer> thinned(List<Integer> counts) {
    int step = (counts.size() + MOST_ROWS - 1) / MOST_ROWS;
    int last = counts.size() - 1;
    return IntStream.rangeClosed(0, last)
        .filter(i -> (last - i) % step == 0)
        .mapToObj(counts::get)
        .toList();
  }

  private List<Cell> sideBySide(int d, int n) {
    List<Cell> cells = new ArrayList<>();
    cells.add(Cell.of(String.valueOf(d), d));
    cells.add(Cell.of(String.valueOf(n), n));
    for (CoveragePoint point : points) {
      if (point.d() == d && point.n() == n) {
        cells.add(Cell.of(String.valueOf(point.dimension()), point.dimension()));
        cells.add(Cell.of(String.valueOf(point.closedForm()), point.closedForm()));
        cells.add(Cell.of(percent(point.coverage()), point.coverage()));
      }
    }
    return cells;
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    for (int d : study.sizes()) {
      for (Construction construction : Construction.values()) {
        notes.add(reach(construction, d));
      }
    }
    List<CoveragePoint> others = points.stream().filter(point -> !point.agrees()).toList();
    notes.add(
        others.isEmpty()
            ? "All %d measured dimensions equal the closed form.".formatted(points.size())
            : "%d of %d measured dimensions differ from the closed form, the first for %s."
                .formatted(others.size(), points.size(), describe(others.get(0))));
    return notes;
  }

  private String reach(Construction construction, int d) {
    List<CoveragePoint> curve = curve(construction, d);
    Optional<CoveragePoint> full = curve.stream().filter(CoveragePoint::full).findFirst();
    CoveragePoint last = curve.get(curve.size() - 1);
    return "%s covers %s of the %d dimensions of a %d x %d weight with n = %d."
        .formatted(
            construction,
            full.isPresent() ? "all" : percent(last.coverage()),
            d * d,
            d,
            d,
            full.orElse(last).n());
  }

  /** The points of one construction and size, by n. */
  List<CoveragePoint> curve(Construction construction, int d) {
    return points.stream()
        .filter(point -> point.construction() == construction && point.d() == d)
        .toList();
  }

  private static String describe(CoveragePoint point) {
    return "%s with d = %d, n = %d: %d instead of %d"
        .formatted(
            point.construction(), point.d(), point.n(), point.dimension(), point.closedForm());
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * part);
  }
}
