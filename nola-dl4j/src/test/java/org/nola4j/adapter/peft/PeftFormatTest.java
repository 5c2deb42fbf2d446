// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.adapter.FileEdit;
import org.nola4j.io.FileFormatException;

/** PEFT's files are read as PEFT means them, or refused in one message. */
class PeftFormatTest {
  private static final String NAME = "peft";

  @TempDir private static Path folder;
  private static String json;
  private static byte[] tensors;

  @BeforeAll
  static void write() throws IOException {
    float[] numbers = {1, 2, 3, 4, 5, 6};
    PeftAdapter.of(
            List.of(
                new PeftModule.LowRank("a.q", 2, 8, false, numbers, new float[8], new float[4]),
                new PeftModule.LowRank("a.v", 1, 4, true, numbers, new float[5], null),
                new PeftModule.Whole("head", 3, numbers, new float[2])))
        .write(folder);
    json = Files.readString(folder.resolve(PeftAdapter.CONFIG));
    tensors = Files.readAllBytes(folder.resolve(PeftAdapter.TENSORS));
  }

  @Test
  void unharmedFilesRead() {
    PeftAdapter adapter = read(json, tensors);
    PeftModule.LowRank first = (PeftModule.LowRank) adapter.modules().get(0);
    assertEquals(3, first.inputs());
    assertEquals(4, first.outputs());
    assertEquals(8, first.c());
    assertEquals(4, first.bias().length);
    PeftModule.LowRank second = (PeftModule.LowRank) adapter.modules().get(1);
    assertTrue(second.convolution());
    assertEquals(4, second.c());
    assertNull(second.bias());
    assertEquals(2, adapter.modules().get(2).outputs());
  }

  @Test
  void rankStabilizedScale() {
    PeftModule.LowRank module =
        (PeftModule.LowRank)
            read(json.replace("rslora\" : false", "rslora\" : true"), tensors).modules().get(0);
    assertEquals((float) (8 / Math.sqrt(2)), (float) (module.c() / module.rank()));
  }

  /** Every module is compared with every pattern. */
  @Test
  void patternsAreNotTooMany() {
    StringJoiner patterns = new StringJoiner(",", "\"rank_pattern\" : {", "}");
    for (int i = 0; i <= 4096; i++) {
      patterns.add("\"m%d\":1".formatted(i));
    }
    String many = json.replaceFirst("\"rank_pattern\" : \\{[^}]*}", patterns.toString());
    String message =
        assertThrows(FileFormatException.class, () -> read(many, tensors)).getMessage();
    assertTrue(message.contains("at most 4096 entries as \"rank_pattern\""), message);
  }

  /** Finite factors with an infinite product, and factors that are not finite. */
  @Test
  void deltasAreFinite() {
    float[] large = {1e25f, 1, 1, 1};
    PeftModule.LowRank module = new PeftModule.LowRank("a.q", 2, 8, false, large, large, null);
    String message = assertThrows(ArithmeticException.class, module::delta).getMessage();
    assertTrue(message.startsWith("module \"a.q\": its delta would have Infinity at 0"), message);
    float[] infinite = {1, Float.NEGATIVE_INFINITY};
    assertThrows(
        IllegalArgumentException.class,
        () -> new PeftModule.LowRank("a.q", 1, 8, false, infinite, large, null));
    assertThrows(
        IllegalArgumentException.class, () -> new PeftModule.Whole("a.q", 2, infinite, null));
    assertThrows(
        IllegalArgumentException.class, () -> new PeftModule.Whole("a.q", 2, large, infinite));
  }

  /** Fields of other releases, switched off, and fields that change no delta. */
  @Test
  void whatChangesNothingIsAccepted() {
    for (String field :
        List.of(
            "\"kasa_config\": null",
            "\"new_in_2030\": false",
            "\"layer_replication\": []",
            "\"loftq_config\": {}",
            "\"peft_version\": \"0.20.0\"",
            "\"qalora_group_size\": 16",
            "\"megatron_core\": \"megatron.core\"",
            "\"eva_config\": {\"rho\": 2.0}",
            "\"runtime_config\": {\"ephemeral_gpu_offload\": false}")) {
      assertEquals(3, read(json.replaceFirst("\\{", "{" + field + ","), tensors).modules().size());
    }
    String gaussian = json.replace("weights\" : true", "weights\" : \"gaussian\"");
    assertEquals(3, read(gaussian, tensors).modules().size());
    String unprefixed = FileEdit.of(tensors).header().replace("base_model.model.", "");
    byte[] bytes = new FileEdit(unprefixed, FileEdit.of(tensors).data()).unsealed();
    assertEquals("a.q", read(json, bytes).modules().get(0).name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "LORA"                   | "VERA"                    | "LORA" as "peft_type" of the PEFT configuration, but found "VERA"
          "peft_type"              | "peft"                    | "LORA" as "peft_type" of the PEFT configuration, but found nothing
          "use_dora" : false       | "use_dora" : true         | switches it off as "use_dora" of the PEFT configuration, but found true
          "use_dora" : false       | "arrow_config" : {"x": 1} | switches it off as "arrow_config"
          "use_dora" : false       | "lora_bias" : true        | switches it off as "lora_bias"
          "use_dora" : false       | "new_in_2030" : 1         | switches it off as "new_in_2030"
          "lora_only"              | "all"                     | "none" or "lora_only" as "bias" of the PEFT configuration, but found "all"
          "init_lora_weights" : true | "init_lora_weights" : "pissa" | as "init_lora_weights" of the PEFT configuration, but found "pissa"
          "r" : 2                  | "r" : 0                   | whole numbers from 1 on as "r" of the PEFT configuration, but found 0
          "r" : 2                  | "r" : 2.5                 | whole numbers from 1 on as "r"
          "r" : 2                  | "r" : 3                   | module "a.q": rank 3, as the configuration says, but found [2, 3]
          "r" : 2                  | "x" : null                | whole numbers from 1 on as "r" of the PEFT configuration, but found nothing
          "lora_alpha" : 8         | "lora_alpha" : -8         | positive numbers as "lora_alpha"
          "lora_alpha" : 8         | "lora_alpha" : "8"        | positive numbers as "lora_alpha"
          "a.v" : 1                | "a.v" : 2                 | module "a.v": rank 2, as the configuration says
          "a.v" : 1                | "(a*)*v" : 1              | module names, not regular expressions as "rank_pattern"
          "a.v" : 4                | ".*v" : 4                 | module names, not regular expressions as "alpha_pattern"
          "a.v" : 4                | "a.v" : "x"               | positive numbers as "alpha_pattern"
          "use_rslora" : false     | "use_rslora" : 1          | true or false as "use_rslora"
          "bias" : "lora_only"     | "bias" : "none"           | only tensors MODULE.lora_A.weight
          {                        | [                         | strict JSON
          """)
  void configuration(String old, String by, String message) {
    assertTrue(json.contains(old), json);
    assertRefused(json.replaceFirst(java.util.regex.Pattern.quote(old), by), tensors, message);
  }

  @Test
  void modulesToSaveMustBeNames() {
    String list =
        json.substring(json.indexOf("\"modules_to_save\""), json.indexOf("\"peft_type\""));
    assertRefused(
        json.replace(list, "\"modules_to_save\": [1],"), tensors, "a list of module names");
    assertRefused(json.replace(list, "\"modules_to_save\": \"x\","), tensors, "a list as");
    assertRefused(
        json.replace(list, "\"modules_to_save\": null,"),
        tensors,
        "but found tensor \"base_model.model.head.weight\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a.q.lora_A.weight          | a.q.lora_embedding_A      | but found tensor "base_model.model.a.q.lora_embedding_A"
          a.q.lora_A.weight          | a.q.lora_magnitude_vector | but found tensor "base_model.model.a.q.lora_magnitude_vector"
          a.q.lora_A.weight          | a.q.lora_A.default.weight | but found tensor
          a.q.lora_A.weight          | a.x.lora_A.weight         | a tensor "base_model.model.a.x.lora_B.weight", but found only
          a.q.lora_B.weight          | a.x.lora_B.weight         | a tensor "base_model.model.a.q.lora_B.weight", but found only
          base_model.model.a.q.lora_A.weight | .lora_A.weight    | a name with one module's path in each tensor
          base_model.model.a.q.lora_B.weight | a.q.lora_A.weight | "a.q.lora_A.weight" and "base_model.model.a.q.lora_A.weight"
          a.q.base_layer.bias        | head.lora_A.weight        | module "head" either low-rank or stored whole
          "shape":[2,3]              | "shape":[3,2]             | lora_A [r, inputs] and lora_B [outputs, r], of a convolution [r, inputs, height, width] and [outputs, r, 1, 1], but found [3, 2] and [4, 2]
          "shape":[2,3]              | "shape":[6]               | with two dimensions, or the four of a convolution's kernel, but found [6]
          "shape":[2,3]              | "shape":[2,3,1,1]         | [outputs, r, 1, 1], but found [2, 3, 1, 1] and [4, 2]
          "shape":[1,6,1,1]          | "shape":[1,2,3]           | the four of a convolution's kernel, but found [1, 2, 3]
          "shape":[4]                | "shape":[2,2]             | module "a.q": a bias of shape [4], but found [2, 2]
          "shape":[4]                | "shape":[1,4]             | a bias of shape [4]
          "F32"                      | "I32"                     | to be of F32, F16 or BF16, but found I32
          """)
  void numbers(String old, String by, String message) {
    assertRefused(json, edit(file -> file.replace(old, by)), message);
  }

  @Test
  void emptyAndInfinite() {
    byte[] empty = new FileEdit("{}", new byte[0]).unsealed();
    assertRefused(json, empty, "at least one module with lora_A and lora_B, but found 0 others");
    FileEdit file = FileEdit.of(tensors);
    byte[] data = file.data().clone();
    data[2] = (byte) 0xC0;
    data[3] = 0x7F;
    assertRefused(
        json,
        new FileEdit(file.header(), data).unsealed(),
        "finite numbers in tensor \"base_model.model.a.q.lora_A.weight\", but found NaN at 0");
  }

  @Test
  void hugeConfigurationsAreNotRead(@TempDir Path other) throws IOException {
    Files.write(other.resolve(PeftAdapter.TENSORS), tensors);
    Files.writeString(other.resolve(PeftAdapter.CONFIG), json + " ".repeat(1 << 20));
    String message =
        assertThrows(FileFormatException.class, () -> PeftAdapter.read(other)).getMessage();
    assertTrue(message.contains("expected at most 1048576 bytes"), message);
  }

  @Test
  void everyTruncationIsNoticed() {
    for (int length = 0; length < tensors.length; length++) {
      assertRefused(json, Arrays.copyOf(tensors, length), "");
    }
    for (int length = 0; length < json.length() - 1; length++) {
      assertRefused(json.substring(0, length), tensors, "");
    }
  }

  private static byte[] edit(UnaryOperator<FileEdit> edit) {
    return edit.apply(FileEdit.of(tensors)).unsealed();
  }

  private static PeftAdapter read(String config, byte[] bytes) {
    ByteBuffer text = ByteBuffer.wrap(config.getBytes(StandardCharsets.UTF_8));
    return PeftAdapter.read(text, ByteBuffer.wrap(bytes), NAME);
  }

  private static void assertRefused(String config, byte[] bytes, String expected) {
    String message =
        assertThrows(FileFormatException.class, () -> read(config, bytes)).getMessage();
    assertTrue(message.startsWith(NAME + ": expected "), message);
    assertTrue(message.contains(expected), message);
    assertTrue(message.length() < 1000, message);
  }
}
