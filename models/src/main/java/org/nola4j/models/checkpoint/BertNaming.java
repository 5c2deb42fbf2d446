// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import org.nola4j.models.BertEncoder;
import org.nola4j.models.checkpoint.StoredTensor.Layout;

/**
 * What Hugging Face's libraries call the tensors of a BERT, without the prefix {@code bert.} that
 * models with a head have.
 */
final class BertNaming {
  static final String WORDS = "embeddings.word_embeddings.weight";
  static final String POSITIONS = "embeddings.position_embeddings.weight";
  static final String TYPES = "embeddings.token_type_embeddings.weight";

  private static final String PREFIX = "bert.";

  /** What no {@link BertEncoder} has a part for and none needs for its own. */
  private static final List<String> OTHERS =
      List.of("embeddings.position_ids", "pooler.", "cls.", "classifier.");

  private BertNaming() {}

  /** A tensor's name in the form that this class uses. */
  static String plain(String name) {
    return (name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name)
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias");
  }

  /** Whether a tensor is of a part that only pre-training or another head needs. */
  static boolean isOther(String name) {
    return OTHERS.stream().anyMatch(name::startsWith);
  }

  /** The weight of a block's first MLP layer. */
  static String hiddenWeight(int block) {
    return prefix(block) + "intermediate.dense.weight";
  }

  private static String prefix(int block) {
    return "encoder.layer." + block + ".";
  }

  /** The linear layers of a model, by the common part of their tensors' names. */
  static List<String> linearLayers(int block) {
    return List.of(
        prefix(block) + "attention.self.query",
        prefix(block) + "attention.self.key",
        prefix(block) + "attention.self.value",
        prefix(block) + "attention.output.dense",
        prefix(block) + "intermediate.dense",
        prefix(block) + "output.dense");
  }

  /** All tensors of a model with these sizes, in the order of its layers. */
  static List<StoredTensor> tensors(BertDimensions sizes) {
    long d = sizes.width();
    List<StoredTensor> all = new ArrayList<>();
    String embedding = BertEncoder.EMBEDDING;
    all.add(matrix(WORDS, embedding, "word", sizes.vocabularySize(), d));
    all.add(matrix(POSITIONS, embedding, "pos", sizes.maxPositions(), d));
    all.add(matrix(TYPES, embedding, "type", sizes.typeVocabulary(), d));
    addNorm("embeddings.LayerNorm.", embedding, "norm.", d, all);
    for (int i = 0; i < sizes.blocks(); i++) {
      String layer = BertEncoder.block(i);
      List<String> names = linearLayers(i);
      List<String> weights = List.of("q", "k", "v", "proj", "fc1", "fc2");
      for (int j = 0; j < names.size(); j++) {
        String weight = weights.get(j);
        long inputs = weight.equals("fc2") ? sizes.mlpWidth() : d;
        long outputs = weight.equals("fc1") ? sizes.mlpWidth() : d;
        all.addAll(
            StoredTensor.linear(
                names.get(j) + ".%s",
                layer,
                List.of(weight),
                List.of(weight + ".b"),
                inputs,
                outputs));
      }
      addNorm(prefix(i) + "attention.output.LayerNorm.", layer, "norm1.", d, all);
      addNorm(prefix(i) + "output.LayerNorm.", layer, "norm2.", d, all);
    }
    return all;
  }

  private static StoredTensor matrix(
      String name, String layer, String parameter, long rows, long columns) {
    return StoredTensor.of(name, Layout.SAME, layer, List.of(parameter), rows, columns);
  }

  private static void addNorm(
      String name, String layer, String prefix, long width, List<StoredTensor> all) {
    all.add(StoredTensor.vector(name + "weight", layer, prefix + "gamma", width));
    all.add(StoredTensor.vector(name + "bias", layer, prefix + "beta", width));
  }
}
