package org.nola4j.experiments.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.adapter.PeftAdapter;
import org.nola4j.adapter.PeftModule;
import org.nola4j.dl4j.WeightSpec;
import org.nola4j.experiments.common.Json;
import org.nola4j.experiments.common.UserException;
import org.nola4j.experiments.spi.FileInspector;
import org.nola4j.io.FileFormatException;

/** Inspects what a network trained: our own adapters, and PEFT's beside their configuration. */
public final class AdapterInspector implements FileInspector {
  @Override
  public String kind() {
    return "adapter (.safetensors)";
  }

  @Override
  public boolean accepts(Path file) {
    return file.toString().endsWith(".safetensors");
  }

  @Override
  public JsonNode inspect(Path file) throws IOException {
    try {
      boolean peft = Files.exists(file.resolveSibling(PeftAdapter.CONFIG));
      return Json.tree(peft ? describe(PeftAdapter.read(file)) : describe(file));
    } catch (FileFormatException e) {
      throw new UserException(e.getMessage(), e);
    }
  }

  private static Map<String, Object> describe(Path file) throws IOException {
    Adapter adapter = Adapter.read(file);
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("fingerprint", adapter.fingerprint());
    whole.put("numbers", adapter.size());
    whole.put("bytes", Files.size(file));
    whole.put("layers", adapter.layers().stream().map(AdapterInspector::describe).toList());
    return whole;
  }

  private static Map<String, Object> describe(AdapterLayer layer) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("name", layer.name());
    description.put("type", layer.type());
    if (!layer.weights().isEmpty()) {
      Map<String, Object> weights = new LinkedHashMap<>();
      layer.weights().forEach(weight -> weights.put(weight.name(), describe(weight)));
      description.put("weights", weights);
    }
    if (layer.seed() != null) {
      description.put("seed", layer.seed());
    }
    if (layer.coefficientsOf() != null) {
      description.put("coefficientsOf", layer.coefficientsOf());
    }
    description.put("trained", layer.shapes());
    return description;
  }

  private static Map<String, Object> describe(WeightSpec weight) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("rows", weight.shape().rows());
    description.put("columns", weight.shape().columns());
    description.put("method", weight.method().toString());
    return description;
  }

  private static Map<String, Object> describe(PeftAdapter adapter) {
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("baseModel", adapter.baseModel());
    whole.put("modules", adapter.modules().stream().map(AdapterInspector::describe).toList());
    return whole;
  }

  private static Map<String, Object> describe(PeftModule module) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("name", module.name());
    description.put("inputs", module.inputs());
    description.put("outputs", module.outputs());
    if (module instanceof PeftModule.LowRank lowRank) {
      description.put("rank", lowRank.rank());
      description.put("scale", lowRank.c() / lowRank.rank());
    }
    description.put("bias", module.bias() != null);
    return description;
  }
}
