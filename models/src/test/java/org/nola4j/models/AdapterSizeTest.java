// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.Precision;
import org.nola4j.reparameterization.Nola;
import org.nola4j.transfer.AdapterBank;
import org.nola4j.transfer.AdapterPlan;
import org.nola4j.transfer.Adapters;

/** Files of the paper's 0.096 M coefficients over GPT-2 medium's 24 blocks. */
class AdapterSizeTest {
  private static final int COEFFICIENTS = 96_000;
  private static final int MOST_OTHERS = 8_000;

  /** Of a small width, which the number of coefficients does not depend on. */
  private static Adapters<ComputationGraph> adapters() {
    ComputationGraph base =
        Gpt2.sized(64, 24).heads(16).vocabularySize(2).maxPositions(2).build().init();
    AdapterPlan plan =
        AdapterPlan.builder()
            .adapt("block\\d+\\.[qv]", w0 -> Nola.release2023(8, 1000, 1000).withW0(w0))
            .build();
    return Adapters.wrap(base, plan);
  }

  private static Adapter adapter() {
    return adapters().adapter();
  }

  private static ComputationGraph network() {
    return adapters().network();
  }

  /** Beside 2 bytes or 4 bits a coefficient, what tells which base network it fits. */
  @Test
  void filesAreSmall(@TempDir Path folder) throws IOException {
    Adapter adapter = adapter();
    assertEquals(COEFFICIENTS, adapter.size());
    Path half = folder.resolve("half.safetensors");
    adapter.write(half, Precision.F16);
    assertSize(2 * COEFFICIENTS, half);
    Path four = folder.resolve("four.safetensors");
    adapter.quantized(4).write(four, Precision.F16);
    assertSize(COEFFICIENTS / 2, four);
  }

  private static void assertSize(long numbers, Path file) throws IOException {
    long others = Files.size(file) - numbers;
    assertTrue(others > 0 && others < MOST_OTHERS, others + " bytes beside the numbers");
  }

  @Tag("slow")
  @Test
  void aThousandInABank() {
    Adapter adapter = adapter().quantized(4);
    AdapterBank<ComputationGraph> bank = AdapterBank.of(network()).bits(4).cacheBytes(0).build();
    bank.put("first", adapter);
    long before = used();
    for (int i = 0; i < 1000; i++) {
      bank.put("task" + i, adapter);
    }
    long bytes = used() - before;
    assertTrue(bytes < 60_000_000, bytes + " bytes");
    assertEquals(1001, bank.names().size());
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
