// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.peft.PeftAdapter;
import org.nola4j.adapter.peft.PeftModule;
import org.nola4j.models.Gpt2;
import org.nola4j.models.TinyGpt2;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;
import org.nola4j.transformer.Insertion;

/** Adapters over a GPT-2 as PEFT's over that of transformers, whose c_attn has q, k and v. */
class Gpt2PeftTest {
  private static final int WIDTH = 8;
  @TempDir private Path folder;

  private static Adapters<ComputationGraph> adapters(AdapterPlan.Builder plan) {
    ComputationGraph base =
        Gpt2.sized(WIDTH, 2).heads(2).vocabularySize(11).maxPositions(6).build().init();
    return trained(base, plan);
  }

  private static Adapters<ComputationGraph> trained(
      ComputationGraph base, AdapterPlan.Builder plan) {
    Adapters<ComputationGraph> adapters = Adapters.wrap(base, plan.build());
    INDArray numbers = adapters.network().params();
    Nd4j.getRandom().setSeed(3);
    numbers.addi(Nd4j.randn(DataType.FLOAT, numbers.shape()).muli(0.3));
    return adapters;
  }

  private static AdapterPlan.Builder queriesAndValues() {
    return AdapterPlan.builder()
        .adapt("block\\d+\\.q", w0 -> new Lora(2, 6, 1, w0))
        .adapt("block\\d+\\.v", w0 -> Nola.on(w0, 3, 9, 7))
        .adapt("block\\d+\\.fc2", w0 -> Lora.on(w0, 2));
  }

  /** [outputs, inputs] of a module from the changes of weights [inputs, outputs] side by side. */
  private static float[] expected(Adapter adapter, String layer, String... weights) {
    float[] delta = new float[weights.length * WIDTH * WIDTH];
    for (int place = 0; place < weights.length; place++) {
      if (weights[place] != null) {
        float[] change = adapter.delta(layer, weights[place]);
        for (int out = 0; out < WIDTH; out++) {
          for (int in = 0; in < WIDTH; in++) {
            delta[(place * WIDTH + out) * WIDTH + in] = change[in * WIDTH + out];
          }
        }
      }
    }
    return delta;
  }

  @Test
  void fusedDeltaIsThePartsSideBySide() {
    Adapter adapter = adapters(queriesAndValues()).adapter();
    List<PeftModule> modules = Gpt2Checkpoint.peft(adapter).modules();
    assertEquals(
        List.of(
            "transformer.h.0.attn.c_attn",
            "transformer.h.0.mlp.c_proj",
            "transformer.h.1.attn.c_attn",
            "transformer.h.1.mlp.c_proj"),
        modules.stream().map(PeftModule::name).toList());
    for (int block = 0; block < 2; block++) {
      PeftModule.LowRank fused = (PeftModule.LowRank) modules.get(2 * block);
      assertEquals(5, fused.rank());
      assertEquals(3 * WIDTH, fused.outputs());
      float[] delta = fused.delta();
      assertArrayEquals(expected(adapter, "block" + block, "q", null, "v"), delta, 1e-5f);
      float[] keys = Arrays.copyOfRange(delta, WIDTH * WIDTH, 2 * WIDTH * WIDTH);
      assertArrayEquals(new float[WIDTH * WIDTH], keys);
    }
  }

  /** What PEFT computes: its base's weights [inputs, outputs] plus the transposed delta. */
  @Test
  void transformersWeightsPlusDeltasAreTheMergedNetwork() throws IOException {
    Adapters<ComputationGraph> adapters = trained(TinyGpt2.network(folder), queriesAndValues());
    Map<String, TinyGpt2.Tensor> tensors = TinyGpt2.tensors();
    boolean prefixed = tensors.keySet().stream().anyMatch(n -> n.startsWith("transformer."));
    Path peft = folder.resolve("peft");
    Gpt2Checkpoint.peft(adapters.adapter()).write(peft);
    for (PeftModule module : PeftAdapter.read(peft).modules()) {
      String name = module.name() + ".weight";
      String tensor = prefixed ? name : name.substring("transformer.".length());
      float[] weight = tensors.get(tensor).values();
      float[] delta = ((PeftModule.LowRank) module).delta();
      for (int out = 0; out < module.outputs(); out++) {
        for (int in = 0; in < module.inputs(); in++) {
          weight[in * module.outputs() + out] += delta[out * module.inputs() + in];
        }
      }
    }
    ComputationGraph changed =
        TinyGpt2.read(TinyGpt2.write(tensors, TensorType.F32, folder.resolve("changed.st")));
    INDArray ids = Nd4j.createFromArray(new float[][] {{1, 5, 2, 7, 3}});
    INDArray expected = adapters.network().outputSingle(ids);
    INDArray found = changed.outputSingle(ids);
    assertEquals(0, expected.distance2(found) / expected.norm2Number().doubleValue(), 1e-5);
    assertTrue(
        Files.readString(peft.resolve(PeftAdapter.CONFIG)).contains("\"fan_in_fan_out\" : true"));
  }

  @Test
  void slicesThatDoNotFitAreRefused() {
    Adapter adapter = adapters(queriesAndValues()).adapter();
    for (String name : List.of("x[3/3]", "x[0/2]", "y[1/3]", "x[2/3]")) {
      Map<String, String> names =
          Map.of("block0.q", name, "block0.v", "x[2/3]", "block0.fc2", "y[1/3]");
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> PeftAdapter.of(adapter, names, Set.of()));
      assertTrue(e.getMessage().startsWith("module \""), e.getMessage());
    }
  }

  @Test
  void insertionsAreRefusedByName() {
    Adapter adapter =
        adapters(AdapterPlan.builder().insert("block1", new Insertion(Insertion.Kind.LIN, 2)))
            .adapter();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Gpt2Checkpoint.peft(adapter));
    assertTrue(e.getMessage().contains("block1"), e.getMessage());
  }
}
