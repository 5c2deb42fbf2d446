// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.models.Llama;
import org.nola4j.transformer.LanguageModelHead;
import org.nola4j.transformer.LlamaBlock;
import org.nola4j.transformer.TokenEmbedding;

/**
 * The sizes of a LLaMA that follow from its tensors.
 *
 * @param vocabularySize tokens
 * @param width of the embeddings
 * @param blocks transformer blocks
 * @param keyValueWidth of all heads of keys
 * @param mlpWidth hidden width of a block's MLP
 * @param tiedHead whether the head has the embedding's matrix
 */
public record LlamaDimensions(
    int vocabularySize, int width, int blocks, int keyValueWidth, int mlpWidth, boolean tiedHead) {

  static LlamaDimensions of(DenseNetwork network) {
    TokenEmbedding embedding = network.layer(Llama.EMBEDDING, TokenEmbedding.class);
    network.layer(Llama.block(0), LlamaBlock.class);
    return new LlamaDimensions(
        (int) embedding.getNIn(),
        (int) embedding.getNOut(),
        network.count(Llama::block),
        network.find(Llama.block(0), "k", spec -> spec.shape().columns()),
        network.find(Llama.block(0), "gate", spec -> spec.shape().columns()),
        network.layer(Llama.HEAD, LanguageModelHead.class).getTiedTo() != null);
  }

  /** Copies a tensor into a network's parameter. */
  static void write(float[] values, StoredTensor tensor, DenseNetwork network) {
    INDArray to = network.array(tensor.parameters().get(0));
    to.assign(turned(values, tensor).reshape('c', to.shape()).castTo(to.dataType()));
  }

  /** A tensor as a network has it, row-major: a weight [inputs, outputs], a vector [1, n]. */
  static INDArray turned(float[] values, StoredTensor tensor) {
    long columns = tensor.shape().get(tensor.shape().size() - 1);
    INDArray stored = Nd4j.createFromArray(values).reshape('c', values.length / columns, columns);
    if (tensor.layout() != StoredTensor.Layout.TRANSPOSED) {
      return stored;
    }
    INDArray turned = stored.transpose().dup('c');
    stored.close();
    return turned;
  }

  /** A builder without heads. */
  Llama.Builder model() {
    return Llama.sized(width, blocks)
        .vocabularySize(vocabularySize)
        .mlpWidth(mlpWidth)
        .tiedHead(tiedHead);
  }
}
