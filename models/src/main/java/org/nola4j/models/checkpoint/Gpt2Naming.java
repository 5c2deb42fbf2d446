// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.nola4j.models.Gpt2;
import org.nola4j.models.checkpoint.StoredTensor.Layout;

/**
 * What Hugging Face's transformers calls the tensors of a GPT-2, without the prefix {@code
 * transformer.} that files of models with a head have. Weights are [inputs, outputs].
 */
final class Gpt2Naming {
  /** The prefix in files of models with a head. */
  static final String PREFIX = "transformer.";

  static final String WORDS = "wte.weight";
  static final String POSITIONS = "wpe.weight";

  /** The embedding once more, in some files. */
  static final String HEAD = "lm_head.weight";

  /** Constants of attention that older releases stored. */
  private static final Pattern CONSTANT = Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)");

  private Gpt2Naming() {}

  /** A tensor's name in the form that this class uses. */
  static String plain(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  /** Whether a tensor holds nothing that was trained. */
  static boolean isConstant(String name) {
    return CONSTANT.matcher(name).matches();
  }

  /** The weight of a block's first MLP layer. */
  static String hiddenWeight(int block) {
    return prefix(block) + "mlp.c_fc.weight";
  }

  private static String prefix(int block) {
    return "h." + block + ".";
  }

  /** The modules of a block's weights in a model with a head, with PEFT's names of slices. */
  static Map<String, String> modules(int block) {
    String attention = PREFIX + prefix(block) + "attn.";
    String mlp = PREFIX + prefix(block) + "mlp.";
    return Map.of(
        "q", attention + "c_attn[0/3]",
        "k", attention + "c_attn[1/3]",
        "v", attention + "c_attn[2/3]",
        "proj", attention + "c_proj",
        "fc1", mlp + "c_fc",
        "fc2", mlp + "c_proj");
  }

  /** All tensors of a model with these sizes, in the order of its layers. */
  static List<StoredTensor> tensors(Gpt2Dimensions sizes) {
    long d = sizes.width();
    long hidden = sizes.mlpWidth();
    List<StoredTensor> all = new ArrayList<>();
    all.add(matrix(WORDS, Gpt2.EMBEDDING, List.of("word"), sizes.vocabularySize(), d));
    all.add(matrix(POSITIONS, Gpt2.EMBEDDING, List.of("pos"), sizes.maxPositions(), d));
    for (int i = 0; i < sizes.blocks(); i++) {
      String layer = Gpt2.block(i);
      addNorm(prefix(i) + "ln_1.", layer, "norm1.", d, all);
      addLinear(prefix(i) + "attn.c_attn.", layer, List.of("q", "k", "v"), d, 3 * d, all);
      addLinear(prefix(i) + "attn.c_proj.", layer, List.of("proj"), d, d, all);
      addNorm(prefix(i) + "ln_2.", layer, "norm2.", d, all);
      addLinear(prefix(i) + "mlp.c_fc.", layer, List.of("fc1"), d, hidden, all);
      addLinear(prefix(i) + "mlp.c_proj.", layer, List.of("fc2"), hidden, d, all);
    }
    addNorm("ln_f.", Gpt2.NORM, "", d, all);
    return all;
  }

  private static void addLinear(
      String name,
      String layer,
      List<String> weights,
      long inputs,
      long outputs,
      List<StoredTensor> all) {
    List<String> biases = weights.stream().map(weight -> weight + ".b").toList();
    all.add(matrix(name + "weight", layer, weights, inputs, outputs));
    all.add(StoredTensor.of(name + "bias", Layout.COLUMNS, layer, biases, outputs));
  }

  private static StoredTensor matrix(
      String name, String layer, List<String> parameters, long rows, long columns) {
    return StoredTensor.of(name, Layout.COLUMNS, layer, parameters, rows, columns);
  }

  private static void addNorm(
      String name, String layer, String prefix, long width, List<StoredTensor> all) {
    all.add(StoredTensor.vector(name + "weight", layer, prefix + "gamma", width));
    all.add(StoredTensor.vector(name + "bias", layer, prefix + "beta", width));
  }
}
