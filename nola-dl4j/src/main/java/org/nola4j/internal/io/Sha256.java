// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of bytes, text in UTF-8, and numbers as little-endian float32. */
public final class Sha256 {
  private static final int FLOATS = 1 << 14;

  private final MessageDigest digest;

  /** Creates an empty digest. */
  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** Of a text, in lower-case hexadecimal digits. */
  public static String of(String text) {
    return new Sha256().update(text).hex();
  }

  /** Of a file, in lower-case hexadecimal digits. */
  public static String of(Path file) throws IOException {
    Sha256 sha256 = new Sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256.digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return sha256.hex();
  }

  /** Adds bytes. */
  public Sha256 update(ByteBuffer bytes) {
    digest.update(bytes);
    return this;
  }

  /** Adds a text. */
  public Sha256 update(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds numbers. */
  public Sha256 update(float[] values) {
    return update(FloatBuffer.wrap(values));
  }

  /** Adds the numbers from a buffer's position to its limit. */
  public Sha256 update(FloatBuffer values) {
    int most = Math.min(FLOATS, values.remaining());
    ByteBuffer bytes = ByteBuffer.allocate(most * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer floats = bytes.asFloatBuffer();
    for (int from = values.position(); from < values.limit(); from += FLOATS) {
      int count = Math.min(FLOATS, values.limit() - from);
      floats.put(0, values, from, count);
      digest.update(bytes.array(), 0, count * Float.BYTES);
    }
    return this;
  }

  /** All 64 lower-case hexadecimal digits; resets the state. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
