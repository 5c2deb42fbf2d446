// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

/** The activation function between a block's two fully connected layers. */
public enum MlpActivation {
  /** {@code x Phi(x)} with Phi the normal distribution, PyTorch's and timm's GELU. */
  GELU,
  /** {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}, which approximates it. */
  GELU_TANH,
  /** {@code max(0, x)}. */
  RELU
}
