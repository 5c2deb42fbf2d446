// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.io.FileFormatException;
import org.nola4j.safetensors.SafetensorsFile;

/** Makes modules of the tensors of an {@code adapter_model.safetensors}. */
final class PeftReader {
  /** What PEFT puts before the module's path. */
  static final String PREFIX = "base_model.model.";

  private final SafetensorsFile file;
  private final PeftConfig config;

  private PeftReader(SafetensorsFile file, PeftConfig config) {
    this.file = file;
    this.config = config;
  }

  /** The role of a tensor in its module, by the end of its name. */
  enum Part {
    LORA_A(".lora_A.weight"),
    LORA_B(".lora_B.weight"),
    LORA_BIAS(".base_layer.bias"),
    WEIGHT(".weight"),
    BIAS(".bias");

    private final String suffix;

    Part(String suffix) {
      this.suffix = suffix;
    }

    String tensor(String module) {
      return PREFIX + module + suffix;
    }

    private boolean isSaved() {
      return this == WEIGHT || this == BIAS;
    }
  }

  static List<PeftModule> read(SafetensorsFile file, PeftConfig config) throws IOException {
    PeftReader reader = new PeftReader(file, config);
    List<PeftModule> modules = new ArrayList<>();
    for (Map.Entry<String, Map<Part, String>> module : reader.sorted().entrySet()) {
      modules.add(reader.module(module.getKey(), module.getValue()));
    }
    if (modules.stream().noneMatch(PeftModule.LowRank.class::isInstance)) {
      throw reader.error("at least one module with lora_A and lora_B", modules.size() + " others");
    }
    return modules;
  }

  /** Names of tensors by module and part. */
  private Map<String, Map<Part, String>> sorted() {
    Map<String, Map<Part, String>> modules = new LinkedHashMap<>();
    for (String tensor : file.tensors().keySet()) {
      Part part = part(tensor);
      String path = tensor.startsWith(PREFIX) ? tensor.substring(PREFIX.length()) : tensor;
      String module = path.substring(0, Math.max(0, path.length() - part.suffix.length()));
      Map<Part, String> parts = modules.computeIfAbsent(module, name -> new LinkedHashMap<>());
      String other = parts.put(part, tensor);
      if (module.isEmpty() || other != null) {
        throw error(
            "a name with one module's path in each tensor",
            "\"%s\"%s".formatted(tensor, other == null ? "" : " and \"" + other + "\""));
      }
    }
    return modules;
  }

  private Part part(String tensor) {
    for (Part part : Part.values()) {
      if (tensor.endsWith(part.suffix) && isExpected(part, tensor)) {
        return part;
      }
    }
    throw error(
        "only tensors MODULE.lora_A.weight and MODULE.lora_B.weight, and those of trained biases"
            + " (bias \"lora_only\") and of modules_to_save "
            + config.saved(),
        "tensor \"" + tensor + "\"");
  }

  private boolean isExpected(Part part, String tensor) {
    String module = tensor.substring(0, tensor.length() - part.suffix.length());
    return switch (part) {
      case LORA_A, LORA_B -> true;
      case LORA_BIAS -> config.biases();
      case WEIGHT, BIAS -> config.isSaved(module);
    };
  }

  private PeftModule module(String name, Map<Part, String> parts) throws IOException {
    boolean saved = parts.keySet().stream().anyMatch(Part::isSaved);
    if (saved && !parts.keySet().stream().allMatch(Part::isSaved)) {
      throw error("module \"" + name + "\" either low-rank or stored whole", "both");
    }
    return saved ? whole(name, parts) : lowRank(name, parts);
  }

  private PeftModule.LowRank lowRank(String name, Map<Part, String> parts) throws IOException {
    Matrix a = matrix(name, parts, Part.LORA_A);
    Matrix b = matrix(name, parts, Part.LORA_B);
    String where = "module \"" + name + "\": ";
    boolean point = b.kernel.stream().allMatch(size -> size == 1);
    if (a.rows != b.columns || a.kernel.size() != b.kernel.size() || !point) {
      throw error(
          where
              + "lora_A [r, inputs] and lora_B [outputs, r], of a convolution [r, inputs, height,"
              + " width] and [outputs, r, 1, 1]",
          shape(parts, Part.LORA_A) + " and " + shape(parts, Part.LORA_B));
    }
    if (a.rows != config.rank(name)) {
      throw error(
          where + "rank " + config.rank(name) + ", as the configuration says",
          shape(parts, Part.LORA_A).toString());
    }
    return new PeftModule.LowRank(
        name,
        a.rows,
        config.c(name),
        a.kernel,
        a.numbers,
        b.numbers,
        bias(name, parts, Part.LORA_BIAS, b.rows));
  }

  private PeftModule.Whole whole(String name, Map<Part, String> parts) throws IOException {
    Matrix weight = matrix(name, parts, Part.WEIGHT);
    float[] bias = bias(name, parts, Part.BIAS, weight.rows);
    return new PeftModule.Whole(name, weight.columns, weight.numbers, bias);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Matrix(int rows, int columns, List<Integer> kernel, float[] numbers) {}

  private Matrix matrix(String module, Map<Part, String> parts, Part part) throws IOException {
    String tensor = parts.get(part);
    if (tensor == null) {
      throw error("a tensor \"" + part.tensor(module) + "\"", "only " + parts.values());
    }
    List<Long> shape = shape(parts, part);
    boolean convolution = shape.size() == 4 && !part.isSaved();
    if ((shape.size() != 2 && !convolution) || shape.contains(0L)) {
      throw error(
          "tensor \"" + tensor + "\" with two dimensions, or the four of a convolution's kernel",
          shape.toString());
    }
    float[] numbers = numbers(tensor); // no more than 2^31, and so the sizes
    List<Integer> sizes = shape.stream().map(Long::intValue).toList();
    return new Matrix(sizes.get(0), sizes.get(1), sizes.subList(2, sizes.size()), numbers);
  }

  private List<Long> shape(Map<Part, String> parts, Part part) {
    return file.tensors().get(parts.get(part)).shape();
  }

  private float[] bias(String module, Map<Part, String> parts, Part part, int outputs)
      throws IOException {
    if (!parts.containsKey(part)) {
      return null;
    }
    if (!shape(parts, part).equals(List.of((long) outputs))) {
      throw error(
          "module \"%s\": a bias of shape [%d]".formatted(module, outputs),
          shape(parts, part).toString());
    }
    return numbers(parts.get(part));
  }

  private float[] numbers(String tensor) throws IOException {
    float[] numbers = file.floats(tensor);
    int bad = FloatArrays.firstNotFinite(numbers);
    if (bad >= 0) {
      throw error("finite numbers in tensor \"" + tensor + "\"", numbers[bad] + " at " + bad);
    }
    return numbers;
  }

  private FileFormatException error(String expected, String found) {
    return new FileFormatException(file.name(), expected, found, PeftConfig.REMEDY);
  }
}
