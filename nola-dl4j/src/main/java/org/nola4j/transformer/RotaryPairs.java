// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

/** Which two numbers of a head rotary position embeddings turn together. */
public enum RotaryPairs {
  /** The i-th of the first half with the i-th of the second one: Hugging Face's files. */
  HALVES,
  /** 2i and 2i + 1: Meta's files and llama2.c's. */
  NEIGHBORS
}
