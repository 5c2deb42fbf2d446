// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An adapter file in memory, in the parts that tests damage. One character of the header per byte.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record FileEdit(String header, byte[] data) {
  private static final String DIGEST = "\"digest\":\"";

  static byte[] bytes(Adapter adapter, Precision precision, Path folder) throws IOException {
    Path file = Files.createTempFile(folder, "a", ".safetensors");
    adapter.write(file, precision);
    return Files.readAllBytes(file);
  }

  public static FileEdit of(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int end = 8 + (int) bytes.getLong(0);
    return new FileEdit(
        new String(file, 8, end - 8, StandardCharsets.ISO_8859_1),
        Arrays.copyOfRange(file, end, file.length));
  }

  /** Replaces the first occurrence, which must be there. */
  public FileEdit replace(String old, String by) {
    int at = header.indexOf(old);
    if (at < 0) {
      throw new IllegalArgumentException(old + " is not in " + header);
    }
    return new FileEdit(header.substring(0, at) + by + header.substring(at + old.length()), data);
  }

  public byte[] unsealed() {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer file =
        ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    return file.putLong(text.length).put(text).put(data).array();
  }

  byte[] sealed() {
    return seal(unsealed());
  }

  /** Sets a file's correct digest, so that the checks after it are reached. */
  static byte[] seal(byte[] file) {
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(DIGEST);
    int digits = at + DIGEST.length();
    if (at < 0 || digits + Digest.DIGITS > file.length) {
      return file;
    }
    byte[] sealed = file.clone();
    Arrays.fill(sealed, digits, digits + Digest.DIGITS, (byte) '0');
    Digest digest = new Digest();
    digest.update(ByteBuffer.wrap(sealed));
    byte[] hex = digest.hex().getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(hex, 0, sealed, digits, hex.length);
    return sealed;
  }
}
