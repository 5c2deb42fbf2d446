// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

/** Where a block normalizes. */
public enum NormPosition {
  /** {@code x + f(norm(x))}, as in ViT. */
  PRE,
  /** {@code norm(x + f(x))}, as in the first transformers. */
  POST
}
