// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPOutputStream;

/** Makes the bytes of IDX files. */
public final class IdxWriter {
  private IdxWriter() {}

  /** An IDX file of unsigned bytes. */
  public static byte[] idx(int[] shape, byte[] data) {
    return concat(header(0x08, shape), data);
  }

  /** The header of an IDX file. */
  public static byte[] header(int type, int... shape) {
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * shape.length);
    header.putInt(type << 8 | shape.length);
    for (int size : shape) {
      header.putInt(size);
    }
    return header.array();
  }

  public static byte[] gzip(byte[] contents) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(contents);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] concat(byte[] a, byte... b) {
    return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
  }
}
