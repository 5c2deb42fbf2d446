// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/**
 * {@code adapter_config.json}, as far as it affects the meaning of the numbers. PEFT's
 * configuration has some fifty fields, with more in every release; those that could change a delta
 * and are not known here must be switched off.
 *
 * @param baseModel name or path of the base model; may be null
 * @param rank of modules without a pattern
 * @param alpha lora_alpha of modules without a pattern
 * @param rankPatterns other ranks, by {@link PeftPattern}
 * @param alphaPatterns other alphas, by {@link PeftPattern}
 * @param rankStabilized whether the scale is alpha / sqrt(r), not alpha / r
 * @param biases whether biases of low-rank modules are trained
 * @param modules low-rank modules; not read, since the tensors tell
 * @param saved modules that are stored whole
 * @param others all other fields of a file that was read, as they were there; not to be changed
 */
record PeftConfig(
    String baseModel,
    int rank,
    double alpha,
    PeftPatterns<Integer> rankPatterns,
    PeftPatterns<Double> alphaPatterns,
    boolean rankStabilized,
    boolean biases,
    List<String> modules,
    List<String> saved,
    ObjectNode others) {

  /** Advice on adapters beyond plain LoRA. */
  static final String REMEDY =
      "only plain LoRA can be read: save it again with PEFT, or merge it there";

  private static final String PART = "the PEFT configuration";
  private static final int MOST_PATTERNS = 4096;
  private static final int MOST_SAVED = 1024;

  /** Fields that change no delta, whatever their value. */
  private static final Set<String> HARMLESS =
      Set.of(
          "auto_mapping",
          "ensure_weight_tying",
          "eva_config",
          "exclude_modules",
          "fan_in_fan_out",
          "inference_mode",
          "layers_pattern",
          "layers_to_transform",
          "loftq_config",
          "lora_dropout",
          "megatron_core",
          "peft_version",
          "qalora_group_size",
          "revision",
          "runtime_config",
          "target_modules",
          "task_type");

  /** Initializations that keep the base model's weights; others change them on loading. */
  private static final Set<String> STARTS =
      Set.of("true", "false", "gaussian", "eva", "orthogonal");

  /** Fields that are read below. */
  private static final Set<String> READ =
      Set.of(
          "alpha_pattern",
          "base_model_name_or_path",
          "bias",
          "init_lora_weights",
          "lora_alpha",
          "modules_to_save",
          "peft_type",
          "r",
          "rank_pattern",
          "use_rslora");

  /** Fields that follow from the modules or are given anew. */
  private static final Set<String> OWN =
      Set.of(
          "alpha_pattern",
          "base_model_name_or_path",
          "bias",
          "lora_alpha",
          "modules_to_save",
          "peft_type",
          "r",
          "rank_pattern",
          "target_modules",
          "use_rslora");

  /** What a file says beside what its modules say. */
  private static ObjectNode others(ObjectNode root) {
    return root.deepCopy().without(OWN);
  }

  static PeftConfig parse(String json, String file) {
    ObjectNode root = StrictJson.parse(json, file, PART);
    require(root.path("peft_type").asText().equals("LORA"), root, file, "peft_type", "\"LORA\"");
    for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      boolean known = READ.contains(field.getKey()) || HARMLESS.contains(field.getKey());
      String off = "nothing, or a value that switches it off";
      require(known || isOff(field.getValue()), root, file, field.getKey(), off);
    }
    JsonNode start = root.path("init_lora_weights");
    boolean harmless = start.isMissingNode() || STARTS.contains(start.asText());
    require(harmless, root, file, "init_lora_weights", "one of " + STARTS);
    JsonNode bias = root.path("bias");
    boolean biases = bias.asText().equals("lora_only");
    boolean known = biases || bias.isMissingNode() || bias.asText().equals("none");
    require(known, root, file, "bias", "\"none\" or \"lora_only\"");
    JsonNode base = root.path("base_model_name_or_path");
    return new PeftConfig(
        base.isTextual() ? base.textValue() : null,
        (int) number(root, file, "r", root.path("r"), true),
        number(root, file, "lora_alpha", root.path("lora_alpha"), false),
        new PeftPatterns<>(ranks(root, file)),
        new PeftPatterns<>(numbers(root, file, "alpha_pattern", false)),
        flag(root, file, "use_rslora"),
        biases,
        List.of(),
        strings(root, file, "modules_to_save"),
        others(root));
  }

  /** Null, false, an empty string or an empty container. */
  private static boolean isOff(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isTextual() && value.textValue().isEmpty())
        || (value.isContainerNode() && value.isEmpty());
  }

  private static boolean flag(ObjectNode root, String file, String field) {
    JsonNode value = root.path(field);
    require(value.isBoolean() || isAbsent(value), root, file, field, "true or false");
    return value.asBoolean();
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static double number(
      ObjectNode root, String file, String field, JsonNode value, boolean whole) {
    double number = value.doubleValue();
    boolean fits =
        whole
            ? value.isIntegralNumber() && number >= 1 && number <= Integer.MAX_VALUE
            : value.isNumber() && number > 0 && number <= Float.MAX_VALUE;
    String expected = whole ? "whole numbers from 1 on" : "positive numbers";
    require(fits, root, file, field, expected);
    return number;
  }

  private static Map<String, Integer> ranks(ObjectNode root, String file) {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    numbers(root, file, "rank_pattern", true)
        .forEach((key, rank) -> ranks.put(key, rank.intValue()));
    return ranks;
  }

  private static Map<String, Double> numbers(
      ObjectNode root, String file, String field, boolean whole) {
    JsonNode patterns = root.path(field);
    require(patterns.isObject() || isAbsent(patterns), root, file, field, "an object");
    requireFew(patterns, root, file, field, MOST_PATTERNS);
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> it = patterns.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      String plain = "module names, not regular expressions";
      require(PeftPattern.of(entry.getKey()).isPresent(), root, file, field, plain);
      numbers.put(entry.getKey(), number(root, file, field, entry.getValue(), whole));
    }
    return numbers;
  }

  private static List<String> strings(ObjectNode root, String file, String field) {
    JsonNode array = root.path(field);
    require(array.isArray() || isAbsent(array), root, file, field, "a list");
    requireFew(array, root, file, field, MOST_SAVED);
    List<String> strings = new ArrayList<>();
    for (JsonNode element : array) {
      boolean name = element.isTextual() && !element.textValue().isEmpty();
      require(name, root, file, field, "a list of module names");
      strings.add(element.textValue());
    }
    return strings;
  }

  /** Every module is compared with every one of them. */
  private static void requireFew(
      JsonNode container, ObjectNode root, String file, String field, int most) {
    require(container.size() <= most, root, file, field, "at most " + most + " entries");
  }

  private static void require(
      boolean condition, ObjectNode root, String file, String field, String expected) {
    if (!condition) {
      JsonNode found = root.path(field);
      throw new FileFormatException(
          file,
          "%s as \"%s\" of %s".formatted(expected, field, PART),
          found.isMissingNode() ? "nothing" : found.toString(),
          REMEDY);
    }
  }

  /** The rank that PEFT gives a module. */
  int rank(String module) {
    return rankPatterns.find(module, rank);
  }

  /** The alpha that PEFT gives a module. */
  double alpha(String module) {
    return alphaPatterns.find(module, alpha);
  }

  /** The numerator c of a module's scale c / r. */
  double c(String module) {
    return alpha(module) * (rankStabilized ? Math.sqrt(rank(module)) : 1);
  }

  /** Whether PEFT treats a module as stored whole. */
  boolean isSaved(String module) {
    return saved.stream().anyMatch(module::endsWith);
  }

  /**
   * In PEFT's order, with the fields that PEFT needs to load it and that other tools look for; then
   * the fields that were read and are unknown here.
   */
  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode alphas = json.putObject("alpha_pattern");
    alphaPatterns.byKey().forEach((module, value) -> putNumber(alphas, module, value));
    json.putNull("auto_mapping");
    json.put("base_model_name_or_path", baseModel);
    json.put("bias", biases ? "lora_only" : "none");
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    putNumber(json, "lora_alpha", alpha);
    json.put("lora_dropout", 0.0);
    if (saved.isEmpty()) {
      json.putNull("modules_to_save");
    } else {
      saved.forEach(json.putArray("modules_to_save")::add);
    }
    json.put("peft_type", "LORA");
    json.put("r", rank);
    ObjectNode ranks = json.putObject("rank_pattern");
    rankPatterns.byKey().forEach(ranks::put);
    json.putNull("revision");
    modules.forEach(json.putArray("target_modules")::add);
    json.putNull("task_type");
    json.put("use_dora", false);
    json.put("use_rslora", rankStabilized);
    json.setAll(others);
    return json;
  }

  /** As an integer if it is one, as PEFT's type requires. */
  private static void putNumber(ObjectNode json, String field, double value) {
    if (value == Math.rint(value) && value <= Integer.MAX_VALUE) {
      json.put(field, (int) value);
    } else {
      json.put(field, value);
    }
  }
}
