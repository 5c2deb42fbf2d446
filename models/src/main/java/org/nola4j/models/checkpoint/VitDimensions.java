// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

/**
 * The sizes of a vision transformer that follow from its tensors. The number of heads, the
 * activation, and epsilon do not.
 *
 * @param width embedding width
 * @param blocks number of transformer blocks
 * @param mlpWidth hidden width of a block's MLP
 * @param channels channels of an image
 * @param patchSize height and width of a patch
 * @param tokens number of patches of an image plus the class token
 * @param classes classes of the head; 0 without a head
 * @param averaged whether the last norm applies to the mean of the patch tokens (timm's {@code
 *     fc_norm}) rather than to the class token
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

  /** The number of patches of an image. */
  public int patches() {
    return tokens - 1;
  }

  /** The number of parameters of the whole model. */
  public long parameters() {
    long d = width;
    long embedding = d * channels * patchSize * patchSize + d + d + d * tokens;
    long attention = 4 * (d * d + d);
    long perceptron = 2 * d * mlpWidth + mlpWidth + d;
    long head = classes == 0 ? 0 : classes * (d + 1);
    return embedding + blocks * (attention + perceptron + 4 * d) + 2 * d + head;
  }
}
