package org.nola4j.experiments.grid;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
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

  /** The name in files and messages: the points' names, with dashes between. */
  public String name() {
    return String.join("-", points);
  }
}
