// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.layers.NolaDense;
import org.nola4j.models.VisionTransformer;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.PatchEmbedding;
import org.nola4j.transformer.TokenPooling;
import org.nola4j.transformer.TransformerBlock;

/** The parts of an initialized {@link VisionTransformer} network. */
final class VitNetwork {
  private final DenseNetwork network;
  private final PatchEmbedding embedding;
  private final TransformerBlock firstBlock;

  /**
   * @throws IllegalArgumentException if it is not such a network
   */
  VitNetwork(ComputationGraph network) {
    this.network = new DenseNetwork("VisionTransformer", network);
    this.embedding = this.network.layer(VisionTransformer.EMBEDDING, PatchEmbedding.class);
    this.firstBlock = this.network.layer(VisionTransformer.block(0), TransformerBlock.class);
  }

  NormPosition normPosition() {
    return firstBlock.getNormPosition();
  }

  PositionGrid grid() {
    int patch = embedding.getPatchSize();
    return new PositionGrid(
        (int) embedding.getHeight() / patch, (int) embedding.getWidth() / patch);
  }

  VitDimensions dimensions() {
    TokenPooling pooling = network.layer(VisionTransformer.POOLING, TokenPooling.class);
    return new VitDimensions(
        (int) embedding.getNOut(),
        network.count(VisionTransformer::block),
        network.find(VisionTransformer.block(0), "fc1", spec -> spec.shape().columns()),
        (int) embedding.getNIn(),
        embedding.getPatchSize(),
        (int) embedding.tokens(),
        (int) network.layer(VisionTransformer.HEAD, NolaDense.class).getNOut(),
        pooling.getKind() == TokenPooling.Kind.MEAN
            && pooling.getNorm() == TokenPooling.Norm.AFTER);
  }

  /** As {@link DenseNetwork#array}. */
  INDArray array(StoredTensor.Parameter parameter) {
    return network.array(parameter);
  }
}
