package org.nola4j.adapter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The first 128 bits of a SHA-256. */
final class Digest {
  /** Hexadecimal digits. */
  static final int DIGITS = 32;

  private final MessageDigest sha256;

  Digest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  void update(ByteBuffer bytes) {
    sha256.update(bytes);
  }

  void update(String text) {
    sha256.update(text.getBytes(StandardCharsets.UTF_8));
  }

  /** As little-endian float32. */
  void update(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
      if (!bytes.hasRemaining()) {
        sha256.update(bytes.flip());
        bytes.clear();
      }
    }
    sha256.update(bytes.flip());
  }

  /** Lower-case digits; begins anew. */
  String hex() {
    return hex(DIGITS);
  }

  /** Only the first of them. */
  String hex(int digits) {
    return HexFormat.of().formatHex(sha256.digest()).substring(0, digits);
  }
}
