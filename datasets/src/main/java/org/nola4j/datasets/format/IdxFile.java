// SPDX-License-Identifier: Apache-2.0
package org.nola4j.datasets.format;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.zip.ZipException;
import org.nola4j.datasets.DataSetException;
import org.nola4j.datasets.source.Contents;

/**
 * The contents of an IDX file of unsigned bytes, MNIST's format: an array of any rank.
 *
 * <p>Layout, big-endian: two zero bytes, the element type (0x08, unsigned byte), the rank, one
 * int32 per dimension, then the elements, last dimension fastest. The file may be gzipped or plain,
 * whatever its name.
 *
 * <p>Immutable; takes one byte per element.
 */
public final class IdxFile {
  private static final int UNSIGNED_BYTE = 0x08;
  private static final long MAX_ELEMENTS = Integer.MAX_VALUE - 8L;
  private static final String GET_AGAIN = "copy or download the file again";

  private final Path file;
  private final int[] shape;
  private final byte[] data;
  private final String sha256;

  private IdxFile(Path file, int[] shape, byte[] data, String sha256) {
    this.file = file;
    this.shape = shape;
    this.data = data;
    this.sha256 = sha256;
  }

  /**
   * Reads and checks a whole file. Memory grows with the bytes actually present, not with what a
   * header claims.
   *
   * @param file an IDX file of unsigned bytes, gzipped or plain
   * @return its contents
   * @throws DataSetException if the file cannot be read, is not an IDX file, has another element
   *     type, ends early, or continues after its last element. Bytes after the end of a gzip stream
   *     are ignored, as gzip does.
   */
  public static IdxFile read(Path file) {
    MessageDigest digest = Contents.sha256();
    try (InputStream contents = Contents.open(file);
        DataInputStream in = new DataInputStream(new DigestInputStream(contents, digest))) {
      int[] shape = readShape(file, in);
      byte[] data = readData(file, shape, in);
      return new IdxFile(file, shape, data, Contents.hex(digest));
    } catch (EOFException e) {
      throw truncated(file, "a complete IDX file", "the end of the file or of its gzip stream");
    } catch (ZipException e) {
      throw DataSetException.malformed(
          file, "an intact gzip stream", "a damaged one (" + e.getMessage() + ")", GET_AGAIN);
    } catch (NoSuchFileException e) {
      throw new DataSetException(file + ": no such file", e);
    } catch (IOException e) {
      throw new DataSetException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** The file that was read. */
  public Path file() {
    return file;
  }

  /** The dimensions, slowest first: [count, rows, columns] for images, [count] for labels. */
  public int[] shape() {
    return shape.clone();
  }

  /** A copy of the elements in file order, last dimension fastest; bytes are unsigned. */
  public byte[] data() {
    return data.clone();
  }

  /** SHA-256 of the uncompressed contents, including the header, as 64 lowercase hex digits. */
  public String sha256() {
    return sha256;
  }

  /** The elements themselves. Do not change them. */
  public byte[] sharedData() {
    return data;
  }

  private static int[] readShape(Path file, DataInputStream in) throws IOException {
    int magic = in.readInt();
    if (magic >>> 16 != 0) {
      throw DataSetException.malformed(
          file,
          "an IDX file, which begins with two zero bytes",
          "the first four bytes %08x".formatted(magic),
          "give an IDX file, gzipped or plain");
    }
    int type = magic >>> 8;
    if (type != UNSIGNED_BYTE) {
      throw DataSetException.malformed(
          file,
          "IDX element type 0x08 (unsigned byte)",
          "type 0x%02x%s".formatted(type, typeName(type)),
          "convert the elements to unsigned bytes");
    }
    int[] shape = new int[magic & 0xff];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = in.readInt();
    }
    return shape;
  }

  private static byte[] readData(Path file, int[] shape, InputStream in) throws IOException {
    int count = elementCount(file, shape);
    OptionalLong length = Contents.plainLength(file);
    if (length.isPresent()) {
      requireLength(file, shape, count, length.getAsLong() - Integer.BYTES * (1L + shape.length));
    }
    byte[] data =
        in.readNBytes(count); // in chunks as they arrive, so that a false count costs nothing
    requireLength(
        file, shape, count, data.length < count || in.read() < 0 ? data.length : count + 1L);
    return data;
  }

  private static void requireLength(Path file, int[] shape, int count, long found) {
    if (found < count) {
      throw truncated(
          file,
          "%d bytes of data for shape %s".formatted(count, Arrays.toString(shape)),
          Long.toString(found));
    }
    if (found > count) {
      throw DataSetException.malformed(
          file,
          "the end of the file after %d bytes of data for shape %s"
              .formatted(count, Arrays.toString(shape)),
          "more bytes",
          "the header or the length is wrong: " + GET_AGAIN);
    }
  }

  private static int elementCount(Path file, int[] shape) {
    long count = 1;
    for (int size : shape) {
      count *= size; // below 2^62 before, as both factors are below 2^31
      if (size < 0 || count > MAX_ELEMENTS) {
        throw DataSetException.malformed(
            file,
            "an array of at most %d bytes".formatted(MAX_ELEMENTS),
            "a header that claims shape "
                + Arrays.toString(
                    Arrays.stream(shape).mapToLong(Integer::toUnsignedLong).toArray()),
            "the header is damaged: " + GET_AGAIN);
      }
    }
    return (int) count;
  }

  private static DataSetException truncated(Path file, String expected, String found) {
    return DataSetException.malformed(file, expected, found, "it is truncated: " + GET_AGAIN);
  }

  private static String typeName(int type) {
    return switch (type) {
      case 0x09 -> " (signed byte)";
      case 0x0b -> " (int16)";
      case 0x0c -> " (int32)";
      case 0x0d -> " (float32)";
      case 0x0e -> " (float64)";
      default -> "";
    };
  }
}
