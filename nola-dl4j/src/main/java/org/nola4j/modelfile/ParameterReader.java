// SPDX-License-Identifier: Apache-2.0
package org.nola4j.modelfile;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Set;
import org.bytedeco.javacpp.indexer.Bfloat16Indexer;
import org.bytedeco.javacpp.indexer.HalfIndexer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;

/**
 * Reads a parameter vector written by {@code Nd4j.write}: a buffer with shape and strides, and one
 * with the numbers. A buffer is a mode and a type in modified UTF-8 with a length between, and the
 * elements, big-endian. {@code Nd4j.read} allocates memory for any length that a file claims.
 */
final class ParameterReader {
  private static final int SLICE = 1 << 18;

  /** Of releases before 1.0.0-beta, with lengths of 32 bits. */
  private static final Set<String> SHORT_MODES = Set.of("DIRECT", "HEAP", "JAVACPP");

  private static final Set<String> LONG_MODES = Set.of("LONG_SHAPE", "MIXED_DATA_TYPES");

  /** Of the shape's buffer: twice 32 dimensions and four numbers more. */
  private static final int MOST_SHAPE_NUMBERS = 68;

  private final String file;
  private final DataInputStream in;

  /** What stands before the numbers. */
  record Header(DataType type, long length) {
    long bytes() {
      return Math.multiplyExact(length, type.width());
    }
  }

  ParameterReader(String file, InputStream in) {
    this.file = file;
    this.in = new DataInputStream(in);
  }

  /** The header; the stream is at the first number then. */
  Header header() throws IOException {
    Header shape = buffer();
    if (shape.length() > MOST_SHAPE_NUMBERS
        || (shape.type() != DataType.INT64 && shape.type() != DataType.INT32)) {
      throw error("the shape of a row of parameters", shape.length() + " of " + shape.type());
    }
    in.readFully(new byte[(int) shape.bytes()]);
    Header numbers = buffer();
    if (!numbers.type().isFPType()) {
      throw error("parameters in floating point", String.valueOf(numbers.type()));
    }
    return numbers;
  }

  private Header buffer() throws IOException {
    String mode = in.readUTF();
    if (!SHORT_MODES.contains(mode) && !LONG_MODES.contains(mode)) {
      throw error("an array as Nd4j.write writes it", "\"" + mode + "\"");
    }
    long length = SHORT_MODES.contains(mode) ? in.readInt() : in.readLong();
    DataType type = type(in.readUTF());
    if (length < 0 || length > Long.MAX_VALUE / Long.BYTES) {
      throw error("a number of elements", String.valueOf(length));
    }
    return new Header(type, length);
  }

  private DataType type(String name) {
    for (DataType type : DataType.values()) {
      if (type.name().equals(name) && type.width() > 0) {
        return type;
      }
    }
    throw error("the type of an array", "\"" + name + "\"");
  }

  /** The numbers, [1, length]; one slice is on the heap at a time. */
  INDArray numbers(Header header) throws IOException {
    INDArray row = Nd4j.create(header.type(), 1, header.length());
    int width = header.type().width();
    byte[] bytes = new byte[(int) Math.min(SLICE, header.length()) * width];
    for (long from = 0; from < header.length(); from += SLICE) {
      int count = (int) Math.min(SLICE, header.length() - from);
      in.readFully(bytes, 0, count * width);
      INDArray values = decode(header.type(), ByteBuffer.wrap(bytes, 0, count * width), count);
      row.reshape('c', true, header.length())
          .get(NDArrayIndex.interval(from, from + count))
          .assign(values);
    }
    if (in.read() >= 0) {
      throw error("the end of the parameters after " + header.length(), "more of them");
    }
    return row;
  }

  private static INDArray decode(DataType type, ByteBuffer from, int count) {
    if (type == DataType.DOUBLE) {
      double[] values = new double[count];
      from.asDoubleBuffer().get(values);
      return Nd4j.createFromArray(values);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (type) {
            case HALF -> HalfIndexer.toFloat(from.getShort());
            case BFLOAT16 -> Bfloat16Indexer.toFloat(from.getShort());
            default -> from.getFloat();
          };
    }
    return Nd4j.createFromArray(values);
  }

  /** The error for an entry that ends too early. */
  FileFormatException truncated(Header header, EOFException cause) {
    return new FileFormatException(
        file,
        header == null ? "a whole array" : header.length() + " parameters of " + header.type(),
        "the end of them before that",
        Remedy.COPY,
        cause);
  }

  private FileFormatException error(String expected, String found) {
    return new FileFormatException(file, expected, found, Remedy.COPY);
  }
}
