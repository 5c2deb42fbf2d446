// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

/**
 * The sizes of a GPT-2 that follow from its tensors.
 *
 * @param vocabularySize tokens
 * @param maxPositions most tokens of a text
 * @param width of the embeddings
 * @param blocks transformer blocks
 * @param mlpWidth hidden width of a block's MLP
 */
public record Gpt2Dimensions(
    int vocabularySize, int maxPositions, int width, int blocks, int mlpWidth) {}
