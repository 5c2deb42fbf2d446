// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Lora;
import org.nola4j.reparameterization.Nola;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transformer.LlamaBlock;

class LlamaTest {
  private static final FrozenWeight W0 = FrozenWeight.seeded(); // nothing is generated here

  private static Llama.Builder sized(String size) {
    return switch (size) {
      case "7B" -> Llama.of7B();
      case "13B" -> Llama.of13B();
      default -> Llama.of70B();
    };
  }

  /** What is trained of all projections, from the configuration alone. */
  private static long trained(String size, Reparameterization method) {
    Llama model = sized(size).plan(ReparameterizationPlan.all(method)).build();
    return model.conf().getVertices().values().stream()
        .filter(LayerVertex.class::isInstance)
        .map(vertex -> ((LayerVertex) vertex).getLayerConf().getLayer())
        .filter(LlamaBlock.class::isInstance)
        .flatMap(block -> ((LlamaBlock) block).factorizations().values().stream())
        .mapToLong(Factorization::parameters)
        .sum();
  }

  /** Table 5 of the paper: 2.5, 3.9 and 12.9 M for LoRA; 0.06, 0.14 and 0.57 M for NOLA. */
  @ParameterizedTest
  @CsvSource({
    "7B, 128, 2498560, 57344, 229376",
    "13B, 256, 3911680, 143360, 286720",
    "70B, 512, 12943360, 573440, 573440"
  })
  void table5(String size, int k, long lora, long nola, long released) {
    assertEquals(0, trained(size, new Frozen(W0)));
    assertEquals(lora, trained(size, Lora.on(W0, 1)));
    assertEquals(nola, trained(size, Nola.on(W0, 16, k, k)));
    assertEquals(released, trained(size, Nola.on(W0, 16, 512, 512)), "the released scripts");
  }

  /** Of embedding and head. */
  private static long words(int width) {
    return 2L * 32_000 * width;
  }

  /** The documented counts, with embedding, head and norms. */
  @Test
  void parametersOfThePresets() {
    assertEquals(6_738_415_616L, trained("7B", new Dense()) + words(4096) + 65 * 4096L);
    assertEquals(13_015_864_320L, trained("13B", new Dense()) + words(5120) + 81 * 5120L);
    assertEquals(68_976_648_192L, trained("70B", new Dense()) + words(8192) + 161 * 8192L);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThrows(IllegalStateException.class, () -> Llama.sized(64, 2).build());
    Llama.Builder tied =
        Llama.of7B().tiedHead(true).plan(ReparameterizationPlan.all(Nola.scratch(2, 3, 3)));
    assertThrows(IllegalArgumentException.class, tied::build);
  }
}
