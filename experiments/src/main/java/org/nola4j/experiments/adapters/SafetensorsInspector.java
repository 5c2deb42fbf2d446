package org.nola4j.experiments.adapters;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.PeftAdapter;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.FileInspector;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/**
 * Inspects our own adapters, those of PEFT beside their configuration, and whole models of any
 * origin.
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
}
