// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

/**
 * The sizes of a BERT, as far as its tensors show them.
 *
 * @param vocabularySize words and parts of words
 * @param maxPositions most tokens of a text
 * @param typeVocabulary types of segments
 * @param width embedding width
 * @param blocks number of transformer blocks
 * @param mlpWidth hidden width of a block's MLP
 */
public record BertDimensions(
    int vocabularySize, int maxPositions, int typeVocabulary, int width, int blocks, int mlpWidth) {

  /** Numbers of the encoder. */
  public long parameters() {
    long d = width;
    long embedding = d * (vocabularySize + maxPositions + typeVocabulary) + 2 * d;
    long block = 4 * (d * d + d) + 2 * d * mlpWidth + mlpWidth + d + 4 * d;
    return embedding + blocks * block;
  }
}
