// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.nio.ByteBuffer;
import org.nola4j.internal.io.Sha256;

/** The first 128 bits of a SHA-256. */
final class Digest {
  /** Hexadecimal digits. */
  static final int DIGITS = 32;

  private final Sha256 sha256 = new Sha256();

  void update(ByteBuffer bytes) {
    sha256.update(bytes);
  }

  void update(String text) {
    sha256.update(text);
  }

  /** As little-endian float32. */
  void update(float[] values) {
    sha256.update(values);
  }

  /** Lower-case digits; resets the state. */
  String hex() {
    return hex(DIGITS);
  }

  /** Only the first of them. */
  String hex(int digits) {
    return sha256.hex().substring(0, digits);
  }
}
