// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.experiments.config.Setting;

/**
 * One point of every axis.
 *
 * @param points names of the points, in the order of the axes
 * @param experiment the experiment
 * @param method the method
 * @param settings changes to their configuration
 * @param tried values that the grid's search tries for it; empty without a search
 * @param seeds seeds of its runs
 * @param line the line of the chart of trained numbers that it is on; {@code null} for none
 */
public record GridCell(
    List<String> points,
    String experiment,
    String method,
    List<Setting> settings,
    List<JsonNode> tried,
    List<Long> seeds,
    String line) {

  /** Copies the lists. */
  public GridCell {
    points = List.copyOf(points);
    settings = List.copyOf(settings);
    tried = List.copyOf(tried);
    seeds = List.copyOf(seeds);
  }

  /** Returns a copy with more settings. */
  GridCell with(List<Setting> more) {
    List<Setting> all = Stream.concat(settings.stream(), more.stream()).toList();
    return new GridCell(points, experiment, method, all, tried, seeds, line);
  }

  /** The name in files and messages: the names of the points, joined by dashes. */
  public String name() {
    return String.join("-", points);
  }
}
