// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.nola4j.models.Llama;
import org.nola4j.models.checkpoint.StoredTensor.Layout;

/** What Hugging Face's transformers calls the tensors of a LLaMA. Weights are [outputs, inputs]. */
final class LlamaNaming {
  static final String WORDS = "model.embed_tokens.weight";
  static final String HEAD = "lm_head.weight";

  /** Constants that older releases stored. */
  private static final Pattern CONSTANT = Pattern.compile(".*\\.rotary_emb\\.inv_freq");

  private LlamaNaming() {}

  /** Whether a tensor holds nothing that was trained. */
  static boolean isConstant(String name) {
    return CONSTANT.matcher(name).matches();
  }

  static String keys(int block) {
    return prefix(block) + "self_attn.k_proj.weight";
  }

  static String gate(int block) {
    return prefix(block) + "mlp.gate_proj.weight";
  }

  private static String prefix(int block) {
    return "model.layers." + block + ".";
  }

  /** The modules of a block's weights. */
  static Map<String, String> modules(int block) {
    String attention = prefix(block) + "self_attn.";
    String mlp = prefix(block) + "mlp.";
    return Map.of(
        "q", attention + "q_proj",
        "k", attention + "k_proj",
        "v", attention + "v_proj",
        "o", attention + "o_proj",
        "gate", mlp + "gate_proj",
        "up", mlp + "up_proj",
        "down", mlp + "down_proj");
  }

  /** All tensors of a model with these sizes, in the order of its layers. */
  static List<StoredTensor> tensors(LlamaDimensions sizes) {
    long d = sizes.width();
    long narrow = sizes.keyValueWidth();
    long inner = sizes.mlpWidth();
    List<StoredTensor> all = new ArrayList<>();
    all.add(words(WORDS, Llama.EMBEDDING, sizes));
    for (int i = 0; i < sizes.blocks(); i++) {
      String layer = Llama.block(i);
      String attention = prefix(i) + "self_attn.";
      String mlp = prefix(i) + "mlp.";
      all.add(StoredTensor.vector(prefix(i) + "input_layernorm.weight", layer, "norm1.gamma", d));
      all.add(matrix(attention + "q_proj.weight", layer, "q", d, d));
      all.add(matrix(keys(i), layer, "k", narrow, d));
      all.add(matrix(attention + "v_proj.weight", layer, "v", narrow, d));
      all.add(matrix(attention + "o_proj.weight", layer, "o", d, d));
      all.add(
          StoredTensor.vector(
              prefix(i) + "post_attention_layernorm.weight", layer, "norm2.gamma", d));
      all.add(matrix(gate(i), layer, "gate", inner, d));
      all.add(matrix(mlp + "up_proj.weight", layer, "up", inner, d));
      all.add(matrix(mlp + "down_proj.weight", layer, "down", d, inner));
    }
    all.add(StoredTensor.vector("model.norm.weight", Llama.NORM, "gamma", d));
    if (!sizes.tiedHead()) {
      all.add(words(HEAD, Llama.HEAD, sizes));
    }
    return all;
  }

  private static StoredTensor words(String name, String layer, LlamaDimensions sizes) {
    return StoredTensor.of(
        name, Layout.SAME, layer, List.of("word"), sizes.vocabularySize(), sizes.width());
  }

  private static StoredTensor matrix(
      String name, String layer, String weight, long outputs, long inputs) {
    return StoredTensor.of(name, Layout.TRANSPOSED, layer, List.of(weight), outputs, inputs);
  }
}
