// SPDX-License-Identifier: Apache-2.0
package org.nola4j.basis;

import org.nola4j.internal.basis.Generator;

/**
 * The random signs of {@code docs/basis-v2.md}, one per bit: position p has bit p % 32 of word p /
 * 32 of a stream, and is negative where the bit is set.
 */
record Signs(int offset, int multiplier) {
  /** Positions per word. */
  static final int PER_WORD = Integer.SIZE;

  /** The signs of a stream, whose number may be above those of {@code docs/basis-v1.md}. */
  static Signs of(long seed, long stream) {
    long key = Generator.key(seed, stream);
    return new Signs(Generator.offset(key), Generator.multiplier(key));
  }

  /** The bit of a position below 2^32. */
  int bit(long position) {
    int word = Generator.word(Generator.position((int) (position >>> 5)), offset, multiplier);
    return word >>> (int) (position & 31) & 1;
  }
}
