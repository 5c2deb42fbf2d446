// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

/**
 * The sizes of a vision transformer, as far as its tensors show them: not its number of heads, its
 * activation nor its epsilon.
 *
 * @param width of a token
 * @param blocks transformer blocks
 * @param mlpWidth of the hidden layer of a block's perceptron
 * @param channels of an image
 * @param patchSize height and width of a patch
 * @param tokens patches of an image, and the class token
 * @param classes of the head; 0 where there is no head
 * @param averaged whether the last norm is of the mean of the patches' tokens (timm's {@code
 *     fc_norm}), not of the class token
 */
public record VitDimensions(
    int width,
    int blocks,
    int mlpWidth,
    int channels,
    int patchSize,
    int tokens,
    int classes,
    boolean averaged) {

  /** Patches of an image. */
  public int patches() {
    return tokens - 1;
  }

  /** Numbers of the whole model. */
  public long parameters() {
    long d = width;
    long embedding = d * channels * patchSize * patchSize + d + d + d * tokens;
    long attention = 4 * (d * d + d);
    long perceptron = 2 * d * mlpWidth + mlpWidth + d;
    long head = classes == 0 ? 0 : classes * (d + 1);
    return embedding + blocks * (attention + perceptron + 4 * d) + 2 * d + head;
  }
}
