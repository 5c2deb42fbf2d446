// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.nola4j.experiments.config.Setting;

/**
 * One point of every axis.
 *
 * @param points the points' names, in the order of the axes
 * @param experiment whose configuration it has
 * @param method which of them
 * @param settings what is set over that
 * @param tried values of the grid's search that are tried for it; empty if nothing is chosen
 */
public record GridCell(
    List<String> points,
    String experiment,
    String method,
    List<Setting> settings,
    List<JsonNode> tried) {

  /** Copies the lists. */
  public GridCell {
    points = List.copyOf(points);
    settings = List.copyOf(settings);
    tried = List.copyOf(tried);
  }

  /** It with more set over what it sets. */
  GridCell with(List<Setting> more) {
    List<Setting> all = Stream.concat(settings.stream(), more.stream()).toList();
    return new GridCell(points, experiment, method, all, tried);
  }

  /** The name in files and messages: the points' names, with dashes between. */
  public String name() {
    return String.join("-", points);
  }
}
