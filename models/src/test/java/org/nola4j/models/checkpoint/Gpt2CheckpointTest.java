// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Gpt2;
import org.nola4j.models.SharedFiles;
import org.nola4j.models.TinyGpt2;
import org.nola4j.models.TinyGpt2.Tensor;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.TensorType;

class Gpt2CheckpointTest {
  @TempDir private Path folder;

  private static double difference(ComputationGraph network) throws IOException {
    Path io = SharedFiles.find("fixtures/gpt2-tiny.io.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(io)) {
      LongBuffer ids = file.bytes("tokens").order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
      float[] tokens = new float[ids.remaining()];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = ids.get(i);
      }
      INDArray expected = Nd4j.createFromArray(file.floats("logits")).reshape(2, 17, 97);
      INDArray found = network.outputSingle(Nd4j.createFromArray(tokens).reshape(2, 17));
      return found.distance2(expected) / expected.norm2Number().doubleValue();
    }
  }

  private static Map<String, Tensor> renamed(
      Map<String, Tensor> tensors, String prefix, boolean head) {
    Map<String, Tensor> result = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> result.put(name.replace("transformer.", prefix), tensor));
    if (head) {
      result.put("lm_head.weight", tensors.get("transformer.wte.weight"));
    }
    result.put(prefix + "h.0.attn.bias", new Tensor(List.of(1L), new float[1]));
    result.put(prefix + "h.0.attn.masked_bias", new Tensor(List.of(1L), new float[1]));
    return result;
  }

  @ParameterizedTest
  @CsvSource({
    "F32, transformer., false, 1e-6",
    "F32, '', true, 1e-6",
    "F16, transformer., true, 1e-3",
    "BF16, '', false, 1e-2"
  })
  void logitsAreThoseOfTransformers(TensorType type, String prefix, boolean head, double tolerance)
      throws IOException {
    Map<String, Tensor> tensors = renamed(TinyGpt2.tensors(), prefix, head);
    Path file = TinyGpt2.write(tensors, type, folder.resolve("model.safetensors"));
    double difference = difference(TinyGpt2.read(file));
    assertTrue(difference < tolerance, difference + " of " + type);
  }

  @Test
  void severalFilesWithAnIndex() throws IOException {
    Map<String, Tensor> first = new LinkedHashMap<>();
    Map<String, Tensor> second = new LinkedHashMap<>();
    StringBuilder index = new StringBuilder("{\"metadata\": {}, \"weight_map\": {");
    TinyGpt2.tensors()
        .forEach(
            (name, tensor) -> {
              boolean early = name.contains("h.0") || name.contains("wte");
              (early ? first : second).put(name, tensor);
              index
                  .append(first.size() + second.size() == 1 ? "" : ", ")
                  .append("\"%s\": \"model-%d.safetensors\"".formatted(name, early ? 1 : 2));
            });
    TinyGpt2.write(first, TensorType.F32, folder.resolve("model-1.safetensors"));
    Path last = TinyGpt2.write(second, TensorType.F32, folder.resolve("model-2.safetensors"));
    Files.writeString(folder.resolve("model.safetensors.index.json"), index + "}}");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gpt2\", \"n_head\": 4}");
    ComputationGraph network;
    try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(folder)) {
      network = checkpoint.model().build().init();
      checkpoint.readInto(network);
    }
    assertTrue(difference(network) < 1e-6);
    Files.delete(last);
    assertThrows(NoSuchFileException.class, () -> Gpt2Checkpoint.open(folder));
  }

  @Test
  void whatIsWrittenComesBack() throws IOException {
    ComputationGraph network = TinyGpt2.network(folder);
    for (TensorType type : new TensorType[] {TensorType.F32, TensorType.F16}) {
      Path file = Files.createDirectories(folder.resolve(type.name())).resolve("model.safetensors");
      Gpt2Checkpoint.write(network, file, type);
      try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(file)) {
        assertEquals(new Gpt2Dimensions(97, 32, 48, 3, 192), checkpoint.dimensions());
        ComputationGraph again = checkpoint.model().build().init(); // heads are in config.json
        checkpoint.readInto(again);
        double tolerance = type == TensorType.F32 ? 0 : 1e-3;
        assertTrue(network.params().equalsWithEps(again.params(), tolerance));
      }
      try (SafetensorsFile written = SafetensorsFile.open(file)) {
        Map<String, Tensor> original = TinyGpt2.tensors();
        assertEquals(original.keySet(), written.tensors().keySet());
        for (String name : original.keySet()) {
          assertEquals(original.get(name).shape(), written.info(name).shape());
        }
      }
    }
  }

  @Test
  void missingAndSurplusTensorsAreNamed() throws IOException {
    Map<String, Tensor> tensors = TinyGpt2.tensors();
    tensors.remove("transformer.h.1.attn.c_attn.bias");
    tensors.put("transformer.h.1.extra", new Tensor(List.of(1L), new float[1]));
    Path file = TinyGpt2.write(tensors, TensorType.F32, folder.resolve("a.safetensors"));
    try (Gpt2Checkpoint checkpoint = Gpt2Checkpoint.open(file)) {
      CheckpointMismatchException e =
          assertThrows(CheckpointMismatchException.class, checkpoint::model);
      assertEquals(List.of("h.1.attn.c_attn.bias"), e.missing());
      assertEquals(List.of("h.1.extra"), e.surplus());
    }
  }

  @Test
  void foreignFilesAreNamed() throws IOException {
    Path other =
        TinyGpt2.write(
            Map.of("model.embed.weight", new Tensor(List.of(1L), new float[1])),
            TensorType.F32,
            folder.resolve("b.safetensors"));
    String message =
        assertThrows(FileFormatException.class, () -> Gpt2Checkpoint.open(other)).getMessage();
    assertTrue(message.contains("wte.weight") && message.contains("model.embed.weight"), message);
    Map<String, Tensor> tensors = TinyGpt2.tensors();
    tensors.put("lm_head.weight", new Tensor(List.of(97L, 48L), new float[97 * 48]));
    Path untied = TinyGpt2.write(tensors, TensorType.F32, folder.resolve("c.safetensors"));
    message = assertThrows(FileFormatException.class, () -> TinyGpt2.read(untied)).getMessage();
    assertTrue(message.contains("lm_head.weight"), message);
    Path configured = Files.createDirectories(folder.resolve("d")).resolve("model.safetensors");
    TinyGpt2.write(TinyGpt2.tensors(), TensorType.F32, configured);
    Files.writeString(configured.resolveSibling("config.json"), "{\"model_type\": \"opt\"}");
    message =
        assertThrows(FileFormatException.class, () -> Gpt2Checkpoint.open(configured)).getMessage();
    assertTrue(message.contains("model_type"), message);
  }

  /** Otherwise another model than the author's would be computed without a word. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'n_layer': 2 | 'n_layer': 3, as the tensors have, but found 2",
        "'n_embd': 64 | 'n_embd': 48",
        "'n_inner': 48 | 'n_inner': 192",
        "'n_positions': '32' | 'n_positions': 32",
        "'vocab_size': 96 | 'vocab_size': 97",
        "'n_head': 5 | 'n_head': a divisor of 48",
        "'n_head': -4 | 'n_head': a whole number above 0, but found -4",
        "'n_head': 4.5 | 'n_head': a whole number above 0",
        "'layer_norm_epsilon': 'a' | 'layer_norm_epsilon': a number above 0, but found 'a'",
        "'layer_norm_epsilon': -1 | 'layer_norm_epsilon': a number above 0",
      })
  void aConfigurationOfAnotherModelIsRefused(String setting, String found) throws IOException {
    Path file = folder.resolve("model.safetensors");
    TinyGpt2.write(TinyGpt2.tensors(), TensorType.F32, file);
    ConfigRefusals.assertRefused(file, setting, found, () -> Gpt2Checkpoint.open(file));
  }

  /** A shard has the first blocks of a model only. */
  @Test
  void theOtherBlocksAreMissed() throws IOException {
    Map<String, Tensor> tensors = TinyGpt2.tensors();
    tensors.keySet().removeIf(name -> name.contains("h.2."));
    Path file = TinyGpt2.write(tensors, TensorType.F32, folder.resolve("model.safetensors"));
    Files.writeString(folder.resolve("config.json"), "{\"n_layer\": 3, \"n_inner\": null}");
    String message =
        assertThrows(FileFormatException.class, () -> Gpt2Checkpoint.open(file)).getMessage();
    assertTrue(message.contains("the weights are not complete"), message);
  }

  @Test
  void presetsHaveTheNamesOfOpenAisFiles() {
    List<StoredTensor> tensors =
        Gpt2Naming.tensors(new Gpt2Dimensions(50_257, 1024, 768, 12, 3072));
    assertEquals(148, tensors.size());
    assertEquals(
        124_439_808L,
        tensors.stream()
            .mapToLong(tensor -> tensor.shape().stream().reduce(1L, Math::multiplyExact))
            .sum());
    assertEquals("block11", Gpt2.block(11));
  }
}
