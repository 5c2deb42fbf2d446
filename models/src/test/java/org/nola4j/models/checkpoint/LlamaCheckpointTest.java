// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Llama;
import org.nola4j.models.SharedFiles;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

class LlamaCheckpointTest {
  private static final String CONFIG =
      """
      {"model_type": "llama", "num_attention_heads": 4, "rms_norm_eps": 1e-05,
       "rope_parameters": {"rope_theta": 10000.0, "rope_type": "%s"}}
      """;

  @TempDir private Path folder;

  private static Path weights() {
    return SharedFiles.find("fixtures/llama-tiny.safetensors");
  }

  private static ComputationGraph read(LlamaCheckpoint checkpoint, Llama.Builder model)
      throws IOException {
    ComputationGraph network = model.maxPositions(32).build().init();
    checkpoint.readInto(network);
    return network;
  }

  private static double difference(ComputationGraph network) throws IOException {
    Path io = SharedFiles.find("fixtures/llama-tiny.io.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(io)) {
      LongBuffer ids = file.bytes("tokens").order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
      float[] tokens = new float[ids.remaining()];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = ids.get(i);
      }
      INDArray expected = Nd4j.createFromArray(file.floats("logits")).reshape(2, 19, 101);
      INDArray found = network.outputSingle(Nd4j.createFromArray(tokens).reshape(2, 19));
      return found.distance2(expected) / expected.norm2Number().doubleValue();
    }
  }

  @Test
  void logitsAreThoseOfTransformers() throws IOException {
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(weights())) {
      ComputationGraph network = read(checkpoint, checkpoint.model().heads(4).keyValueHeads(2));
      assertEquals(0, difference(network), 1e-5);
      AdapterPlan plan =
          AdapterPlan.builder().adapt("block.*", w0 -> Nola.on(w0, 2, 5, 5)).frozenBits(8).build();
      double rounded = difference(Adapters.wrap(network, plan).network());
      assertTrue(rounded > 1e-4 && rounded < 0.02, "8-bit weights differ by " + rounded);
      Llama.Builder model = checkpoint.model().heads(4).keyValueHeads(2).maxPositions(32);
      ComputationGraph read =
          Adapters.read(model.build().conf(), checkpoint.parameters(), plan).network();
      assertEquals(rounded, difference(read));
    }
  }

  @Test
  void severalFilesWithAConfigurationAreOneModel() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(weights())) {
      StringBuilder index = new StringBuilder();
      for (int part = 0; part < 2; part++) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (String tensor : file.tensors().keySet()) {
          if ((tensor.contains("layers.1") ? 1 : 0) == part) {
            float[] values = file.floats(tensor);
            List<Long> shape = file.info(tensor).shape();
            writer.floats(tensor, TensorType.F32, shape, () -> values);
            index.append(",\"%s\": \"part%d.safetensors\"".formatted(tensor, part));
          }
        }
        writer.write(folder.resolve("part" + part + ".safetensors"), Map.of());
      }
      Files.writeString(
          folder.resolve("model.safetensors.index.json"),
          "{\"weight_map\": {" + index.substring(1) + "}}");
    }
    Files.writeString(folder.resolve("config.json"), CONFIG.formatted("default"));
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(folder)) {
      assertEquals(0, difference(read(checkpoint, checkpoint.model())), 1e-5);
    }
    Files.writeString(folder.resolve("config.json"), CONFIG.formatted("llama3"));
    String message =
        assertThrows(FileFormatException.class, () -> LlamaCheckpoint.open(folder)).getMessage();
    assertTrue(message.contains("rope_type"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'num_hidden_layers': 1 | 'num_hidden_layers': 2, as the tensors have",
        "'hidden_size': 63 | 'hidden_size': 64",
        "'intermediate_size': 1 | 'intermediate_size': 172",
        "'vocab_size': 100 | 'vocab_size': 101",
        "'num_attention_heads': 5 | 'num_attention_heads': a divisor of 64",
        "'num_attention_heads': 4, 'num_key_value_heads': 4 | 'num_key_value_heads': 2",
        "'num_attention_heads': 4, 'head_dim': 24 | 'head_dim': 16",
        "'max_position_embeddings': 0 | 'max_position_embeddings': a whole number above 0",
        "'quantization_config': {'bits': 4} | 'quantization_config': null",
        "'rope_theta': 'x' | 'rope_theta': a number above 0",
        "'rms_norm_eps': -1 | 'rms_norm_eps': a number above 0, but found -1",
      })
  void aConfigurationOfAnotherModelIsRefused(String setting, String found) throws IOException {
    Path file = Files.copy(weights(), folder.resolve("model.safetensors"));
    ConfigRefusals.assertRefused(file, setting, found, () -> LlamaCheckpoint.open(file));
  }

  /** In one file and in several, plain and with merged adapters. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void writtenModelIsReadBack(boolean sharded) throws IOException {
    ComputationGraph network;
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(weights())) {
      network = read(checkpoint, checkpoint.model().heads(4).keyValueHeads(2));
    }
    write(network, sharded);
    try (LlamaCheckpoint written = LlamaCheckpoint.open(folder)) {
      ComputationGraph again = written.model().build().init();
      written.readInto(again);
      assertEquals(network.params(), again.params());
      assertEquals(0, difference(again), 1e-5);
    }
    Adapters<ComputationGraph> adapters =
        Adapters.wrap(
            network, AdapterPlan.builder().adapt("block.*", w0 -> Nola.on(w0, 2, 5, 5)).build());
    adapters.network().params().addi(0.3);
    write(adapters.merge(), sharded);
    INDArray tokens = Nd4j.createFromArray(new float[][] {{1, 7, 3, 99, 5}});
    try (LlamaCheckpoint written = LlamaCheckpoint.open(folder)) {
      ComputationGraph again = written.model().build().init();
      written.readInto(again);
      INDArray expected = adapters.network().outputSingle(tokens);
      double far = again.outputSingle(tokens).distance2(expected);
      assertEquals(0, far / expected.norm2Number().doubleValue(), 1e-5);
      assertTrue(expected.distance2(network.outputSingle(tokens)) > 0.1);
    }
  }

  /** What PEFT computes: its base's weights plus the deltas of the modules with their names. */
  @Test
  void transformersWeightsPlusPeftsDeltasAreTheAdaptedNetwork() throws IOException {
    ComputationGraph network;
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(weights())) {
      network = read(checkpoint, checkpoint.model().heads(4).keyValueHeads(2));
    }
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block\\d+\\.(q|v|up)", w0 -> Nola.on(w0, 2, 5, 5))
            .adapt("block\\d+\\.(k|o|gate|down)", w0 -> Lora.on(w0, 2))
            .build();
    Adapters<ComputationGraph> adapters = Adapters.wrap(network, plan);
    INDArray numbers = adapters.network().params();
    Nd4j.getRandom().setSeed(3);
    numbers.addi(Nd4j.randn(numbers.dataType(), numbers.shape()).muli(0.3));
    PeftAdapter peft = LlamaCheckpoint.peft(adapters.adapter());
    assertEquals(List.of(), peft.warnings());
    assertEquals(14, peft.modules().size());
    Path changed = plus(peft);
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(changed)) {
      INDArray tokens = Nd4j.createFromArray(new float[][] {{1, 7, 3, 99, 5}});
      INDArray expected = adapters.network().outputSingle(tokens);
      INDArray found =
          read(checkpoint, checkpoint.model().heads(4).keyValueHeads(2)).outputSingle(tokens);
      assertEquals(0, found.distance2(expected) / expected.norm2Number().doubleValue(), 1e-5);
    }
    String message =
        assertThrows(IllegalArgumentException.class, () -> Gpt2Checkpoint.peft(adapters.adapter()))
            .getMessage();
    assertTrue(message.contains("is a LlamaBlock, expected a TransformerBlock"), message);
  }

  /** The file of the tiny LLaMA with modules' deltas. */
  private Path plus(PeftAdapter peft) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    Map<String, PeftModule> modules = new HashMap<>();
    peft.modules().forEach(module -> modules.put(module.name() + ".weight", module));
    try (SafetensorsFile file = SafetensorsFile.open(weights())) {
      for (String tensor : file.tensors().keySet()) {
        float[] values = file.floats(tensor);
        if (modules.remove(tensor) instanceof PeftModule.LowRank module) {
          float[] delta = module.delta();
          for (int i = 0; i < values.length; i++) {
            values[i] += delta[i];
          }
        }
        writer.floats(tensor, TensorType.F32, file.info(tensor).shape(), () -> values);
      }
    }
    assertEquals(Map.of(), modules);
    Path changed = folder.resolve("changed.safetensors");
    writer.write(changed, Map.of());
    return changed;
  }

  private void write(ComputationGraph network, boolean sharded) throws IOException {
    if (!sharded) {
      LlamaCheckpoint.write(network, folder.resolve("model.safetensors"), TensorType.F32);
      return;
    }
    LlamaCheckpoint.writeShards(network, folder, TensorType.F32, 100_000);
    try (Stream<Path> files = Files.list(folder)) {
      List<Long> sizes =
          files
              .filter(file -> file.toString().endsWith(".safetensors"))
              .map(file -> file.toFile().length())
              .toList();
      assertTrue(sizes.size() > 3 && sizes.stream().allMatch(size -> size < 110_000), "" + sizes);
    }
  }

  @Test
  void anIndexNamesFilesBesideIt() throws IOException {
    for (String shard : List.of("../a", "a\\u0000b", "1".repeat(5000), "")) {
      Path index = folder.resolve("model.safetensors.index.json");
      Files.writeString(index, "{\"weight_map\": {\"a\": \"%s\"}}".formatted(shard));
      String message =
          assertThrows(FileFormatException.class, () -> LlamaCheckpoint.open(index)).getMessage();
      assertTrue(message.contains("names of files beside it") && message.length() < 700, message);
    }
  }

  @Test
  void otherFilesAndSizesAreNamed() throws IOException {
    Path gpt2 = SharedFiles.find("fixtures/gpt2-tiny.safetensors");
    String message =
        assertThrows(FileFormatException.class, () -> LlamaCheckpoint.open(gpt2)).getMessage();
    assertTrue(message.contains("model.embed_tokens.weight"), message);
    ComputationGraph other =
        Llama.sized(64, 3).vocabularySize(101).heads(4).mlpWidth(172).build().init();
    try (LlamaCheckpoint checkpoint = LlamaCheckpoint.open(weights())) {
      assertThrows(CheckpointMismatchException.class, () -> checkpoint.readInto(other));
    }
  }
}
