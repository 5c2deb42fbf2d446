// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.results.ResultStore;
import org.nola4j.experiments.spi.FileInspector;

/** Describes the result of a run. */
public final class ResultInspector implements FileInspector {
  private static final int BEGIN = 200;

  @Override
  public String kind() {
    return "result (.json)";
  }

  @Override
  public boolean accepts(Path file) {
    return file.toString().endsWith(".json") && isResult(file);
  }

  /**
   * By its first field, which a damaged one has too, so that other programs' files are not taken.
   */
  private static boolean isResult(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(BEGIN), UTF_8).contains("\"experiment\"");
    } catch (IOException e) {
      return true; // it says what is wrong when it is read
    }
  }

  @Override
  public JsonNode inspect(Path file) {
    return Json.tree(ResultStore.read(file));
  }

  @Override
  public String summary(JsonNode result) {
    return String.format(
        Locale.ROOT,
        "result: %s %s seed %s on %s, %d epochs, loss %.4f, test accuracy %.2f %%",
        result.path("experiment").asText(),
        result.path("method").asText(),
        result.path("seed").asText(),
        result.at("/dataset/name").asText(),
        result.path("epochs").size(),
        result.at("/final/trainLoss").asDouble(),
        100 * result.at("/final/testAccuracy").asDouble());
  }
}
