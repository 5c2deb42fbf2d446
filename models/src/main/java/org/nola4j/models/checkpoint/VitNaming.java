// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.nola4j.models.checkpoint.StoredTensor.Layout;

/**
 * Naming schemes of libraries for the tensors of a vision transformer. Weights are [outputs,
 * inputs], patch embeddings [width, channels, height, width], and vectors [width].
 */
public enum VitNaming {
  /**
   * PyTorch Image Models: {@code blocks.0.attn.qkv.weight}, a joint query, key, and value; {@code
   * norm}, or {@code fc_norm} in models that average tokens. Models without a head, such as masked
   * autoencoders, have no {@code head}.
   */
  TIMM(
      "cls_token",
      "pos_embed",
      "patch_embed.proj.%s",
      "blocks.%d.",
      List.of("attn.qkv.%s"),
      "attn.proj.%s",
      "norm%d.%s",
      List.of("weight", "bias"),
      "mlp.fc%d.%s",
      "norm.%s",
      "head.%s"),

  /**
   * PyTorch's {@code nn.TransformerEncoder} under {@code transformer.layers}, between timm's
   * embedding and an {@code mlp_head} of LayerNorm and a linear layer: a joint {@code
   * in_proj_weight}.
   */
  TORCH_ENCODER(
      "cls_token",
      "pos_embed",
      "patch_embed.proj.%s",
      "transformer.layers.%d.",
      List.of("self_attn.in_proj_%s"),
      "self_attn.out_proj.%s",
      "norm%d.%s",
      List.of("weight", "bias"),
      "linear%d.%s",
      "mlp_head.0.%s",
      "mlp_head.1.%s"),

  /**
   * Separate query, key, and value, {@code encoder.layers.0.attn.query.weight}; LayerNorm with
   * {@code alpha} and {@code beta}.
   */
  SEPARATE_QKV(
      "embedding.cls_token",
      "embedding.pos_embeddings",
      "embedding.patch_embeddings.conv.%s",
      "encoder.layers.%d.",
      List.of("attn.query.%s", "attn.key.%s", "attn.value.%s"),
      "attn.out_proj.%s",
      "norm%d.%s",
      List.of("alpha", "beta"),
      "ffn.fc%d.%s",
      "norm.%s",
      "mlp_head.%s");

  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";
  private static final String AVERAGE_NORM = "fc_norm.%s";

  /** Register tokens beside the class token, which only timm's newer models have. */
  static final String REGISTERS = "reg_token";

  private final String classToken;
  private final String positions;
  private final String patches;
  private final String block;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> attention;

  private final String projection;
  private final String norm;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> normParameters;

  private final String perceptron;
  private final String lastNorm;
  private final String head;

  VitNaming(
      String classToken,
      String positions,
      String patches,
      String block,
      List<String> attention,
      String projection,
      String norm,
      List<String> normParameters,
      String perceptron,
      String lastNorm,
      String head) {
    this.classToken = classToken;
    this.positions = positions;
    this.patches = patches;
    this.block = block;
    this.attention = attention;
    this.projection = projection;
    this.norm = norm;
    this.normParameters = normParameters;
    this.perceptron = perceptron;
    this.lastNorm = lastNorm;
    this.head = head;
  }

  /** Whether a file with these tensors uses this naming. */
  boolean isOf(Set<String> tensors) {
    return tensors.contains(patches.formatted(WEIGHT)) && tensors.contains(firstAttention());
  }

  /** The tensor that distinguishes this naming from the others. */
  String firstAttention() {
    return block.formatted(0) + attention.get(0).formatted(WEIGHT);
  }

  String patchWeight() {
    return patches.formatted(WEIGHT);
  }

  String positions() {
    return positions;
  }

  /** The weight of a block's first MLP layer. */
  String hiddenWeight(int index) {
    return block.formatted(index) + perceptron.formatted(1, WEIGHT);
  }

  String headWeight() {
    return head.formatted(WEIGHT);
  }

  String headBias() {
    return head.formatted(BIAS);
  }

  String classToken() {
    return classToken;
  }

  /**
   * The tensor that scales the output of a linear layer, timm's LayerScale; empty for tensors of
   * other layers. It is optional in models.
   */
  Optional<String> layerScale(String tensor) {
    if (this != TIMM) {
      return Optional.empty();
    }
    return List.of(WEIGHT, BIAS).stream()
        .flatMap(
            parameter ->
                Stream.of(
                    scaleOf(tensor, projection.formatted(parameter), "ls1.gamma"),
                    scaleOf(tensor, perceptron.formatted(2, parameter), "ls2.gamma")))
        .flatMap(Optional::stream)
        .findAny();
  }

  private static Optional<String> scaleOf(String tensor, String layer, String scale) {
    return tensor.endsWith("." + layer)
        ? Optional.of(tensor.substring(0, tensor.length() - layer.length()) + scale)
        : Optional.empty();
  }

  /** Whether this is a model that averages tokens, which only timm has. */
  boolean isAveraged(Set<String> tensors) {
    return this == TIMM && tensors.contains(AVERAGE_NORM.formatted(normParameters.get(0)));
  }

  /** All tensors of a model with these sizes, in the order of its layers. */
  List<StoredTensor> tensors(VitDimensions sizes) {
    long d = sizes.width();
    long p = sizes.patchSize();
    List<StoredTensor> all = new ArrayList<>();
    all.add(StoredTensor.of(classToken, Layout.SAME, "embed", List.of("cls"), 1, 1, d));
    all.add(
        StoredTensor.of(
            positions, Layout.POSITIONS, "embed", List.of("pos"), 1, sizes.tokens(), d));
    all.add(
        StoredTensor.of(
            patchWeight(), Layout.TRANSPOSED, "embed", List.of("proj"), d, sizes.channels(), p, p));
    all.add(StoredTensor.vector(patches.formatted(BIAS), "embed", "b", d));
    for (int i = 0; i < sizes.blocks(); i++) {
      addBlock(block.formatted(i), "block" + i, d, sizes.mlpWidth(), all);
    }
    addNorm(sizes.averaged() ? AVERAGE_NORM : lastNorm, "pool", "", d, all);
    if (sizes.classes() > 0) {
      all.addAll(StoredTensor.linear(head, "head", List.of("W"), List.of("b"), d, sizes.classes()));
    }
    return all;
  }

  private void addBlock(
      String prefix, String layer, long width, long mlpWidth, List<StoredTensor> all) {
    addNorm(prefix + norm.formatted(1, "%s"), layer, "norm1.", width, all);
    List<String> parts = List.of("q", "k", "v");
    int parameters = parts.size() / attention.size();
    for (int i = 0; i < attention.size(); i++) {
      List<String> weights = parts.subList(i * parameters, (i + 1) * parameters);
      List<String> biases = weights.stream().map(part -> part + ".b").toList();
      long outputs = width * parameters;
      all.addAll(
          StoredTensor.linear(prefix + attention.get(i), layer, weights, biases, width, outputs));
    }
    all.addAll(
        StoredTensor.linear(
            prefix + projection, layer, List.of("proj"), List.of("proj.b"), width, width));
    addNorm(prefix + norm.formatted(2, "%s"), layer, "norm2.", width, all);
    String fc1 = prefix + perceptron.formatted(1, "%s");
    String fc2 = prefix + perceptron.formatted(2, "%s");
    all.addAll(StoredTensor.linear(fc1, layer, List.of("fc1"), List.of("fc1.b"), width, mlpWidth));
    all.addAll(StoredTensor.linear(fc2, layer, List.of("fc2"), List.of("fc2.b"), mlpWidth, width));
  }

  private void addNorm(
      String name, String layer, String prefix, long width, List<StoredTensor> all) {
    all.add(
        StoredTensor.vector(name.formatted(normParameters.get(0)), layer, prefix + "gamma", width));
    all.add(
        StoredTensor.vector(name.formatted(normParameters.get(1)), layer, prefix + "beta", width));
  }
}
