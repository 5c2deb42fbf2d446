package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.FileInspector;

/** Inspects the result of a run. */
public final class ResultInspector implements FileInspector {
  @Override
  public String kind() {
    return "result (.json)";
  }

  @Override
  public boolean accepts(Path file) {
    return file.toString().endsWith(".json");
  }

  @Override
  public JsonNode inspect(Path file) {
    return Json.tree(ResultStore.read(file));
  }
}
