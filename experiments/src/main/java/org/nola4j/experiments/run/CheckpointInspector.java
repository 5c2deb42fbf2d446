// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.spi.FileInspector;

/** Describes the checkpoint of an unfinished run. */
public final class CheckpointInspector implements FileInspector {
  @Override
  public String kind() {
    return "checkpoint (.checkpoint)";
  }

  @Override
  public boolean accepts(Path file) {
    return file.toString().endsWith(".checkpoint");
  }

  @Override
  public JsonNode inspect(Path file) {
    return Json.tree(new CheckpointFile(file).read());
  }

  @Override
  public String summary(JsonNode checkpoint) {
    JsonNode config = checkpoint.path("config");
    return "unfinished: %s %s seed %s, after %d of %s epochs"
        .formatted(
            config.path("experiment").asText(),
            config.path("method").asText(),
            config.path("seed").asText(),
            checkpoint.path("epochs").size(),
            config.at("/training/epochs").asText());
  }
}
