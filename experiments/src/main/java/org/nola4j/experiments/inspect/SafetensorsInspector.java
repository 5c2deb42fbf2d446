// SPDX-License-Identifier: Apache-2.0
package org.nola4j.experiments.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.FileInspector;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/**
 * Inspects our adapters, PEFT adapters with their configuration, and whole models from any source.
 */
public final class SafetensorsInspector implements FileInspector {
  @Override
  public String kind() {
    return "adapter or model (" + AdapterFile.EXTENSION + ")";
  }

  @Override
  public boolean accepts(Path file) {
    return file.toString().endsWith(AdapterFile.EXTENSION);
  }

  @Override
  public JsonNode inspect(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      if (Adapter.isIn(file)) {
        return AdapterDescription.of(path);
      }
      return Files.exists(path.resolveSibling(PeftAdapter.CONFIG))
          ? PeftDescription.of(PeftAdapter.read(path))
          : ModelDescription.of(file);
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  @Override
  public String summary(JsonNode file) {
    if (file.has("modules")) {
      return "PEFT adapter: %d modules".formatted(file.get("modules").size());
    }
    return file.has("layers")
        ? String.format(
            Locale.ROOT,
            "adapter: %d layers, %,d numbers",
            file.get("layers").size(),
            file.get("numbers").asLong())
        : String.format(
            Locale.ROOT,
            "model: %,d tensors, %,d numbers",
            file.get("tensors").asLong(),
            file.get("numbers").asLong());
  }
}
