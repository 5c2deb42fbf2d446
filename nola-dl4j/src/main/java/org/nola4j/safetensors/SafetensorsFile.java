// SPDX-License-Identifier: Apache-2.0
package org.nola4j.safetensors;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;

/**
 * Reads {@code .safetensors} files of any origin and size: only the header is read at once, tensors
 * on request.
 *
 * <p>Large tensors are memory-mapped, never copied as bytes; files may be larger than 2 GiB, and so
 * may tensors that are read in parts. Allocations are bounded by the file's length. Buffers stay
 * usable after the file is closed. May be used by several threads.
 */
public final class SafetensorsFile implements Closeable {
  /**
   * The reference implementation takes 100 MB, which would be a million tensors and, parsed, more
   * than a gigabyte of memory for an untrusted file.
   */
  private static final long LONGEST_HEADER = 8 << 20;

  private final String name;
  private final Source source;
  private final int headerLength;
  private final SafetensorsHeader header;

  private SafetensorsFile(String name, Source source) throws IOException {
    this.name = name;
    this.source = source;
    this.headerLength = headerLength();
    ByteBuffer json = source.slice(SafetensorsHeader.LENGTH_BYTES, headerLength);
    this.header =
        SafetensorsHeader.parse(
            StrictJson.decode(json, name, "the safetensors header"),
            name,
            source.size() - SafetensorsHeader.LENGTH_BYTES - headerLength);
  }

  /**
   * Opens a file and checks its header: every tensor's bytes match its type and shape, and together
   * they cover the data.
   *
   * @throws FileFormatException if it is not a safetensors file, or a damaged one
   */
  public static SafetensorsFile open(Path path) throws IOException {
    if (Files.isDirectory(path)) { // which can be opened on some systems, but not read
      throw new FileFormatException(
          path.toString(), "a safetensors file", "a folder", "give the file in it");
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new SafetensorsFile(path.toString(), new ChannelSource(channel));
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** As {@link #open}, of a file in memory. */
  public static SafetensorsFile of(ByteBuffer bytes, String name) throws IOException {
    return new SafetensorsFile(name, new BufferSource(bytes.slice()));
  }

  private int headerLength() throws IOException {
    if (source.size() < SafetensorsHeader.LENGTH_BYTES) {
      throw new FileFormatException(
          name,
          "a safetensors file of at least " + SafetensorsHeader.LENGTH_BYTES + " bytes",
          source.size() + " bytes",
          Remedy.COPY);
    }
    long length = source.slice(0, SafetensorsHeader.LENGTH_BYTES).getLong();
    long most = Math.min(LONGEST_HEADER, source.size() - SafetensorsHeader.LENGTH_BYTES);
    if (length < 0 || length > most) {
      throw new FileFormatException(
          name,
          "a header length of at most " + most + " bytes in its first 8 bytes",
          Long.toUnsignedString(length),
          length > LONGEST_HEADER && length <= source.size()
              ? "split the file, or shorten its metadata"
              : "it is not a safetensors file, or is truncated: copy, download or write it again");
    }
    return (int) length;
  }

  /** The file's name in messages. */
  public String name() {
    return name;
  }

  /** Free metadata. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** Tensors by name. */
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  /** Bytes of the whole file. */
  public long size() {
    return source.size();
  }

  /** Bytes before the data. */
  public int prologue() {
    return SafetensorsHeader.LENGTH_BYTES + headerLength;
  }

  /** Any part of the file, little-endian, read-only; memory-mapped if it is large. */
  public ByteBuffer slice(long offset, int length) throws IOException {
    return source.slice(offset, length);
  }

  /** A tensor's bytes, little-endian, read-only. */
  public ByteBuffer bytes(String tensor) throws IOException {
    TensorInfo info = info(tensor);
    checkFits(tensor, info);
    return source.slice(prologue() + info.begin(), (int) info.bytes());
  }

  /**
   * A tensor's elements, row-major, from F32, F16 or BF16: exact; a copy.
   *
   * @throws FileFormatException if there is no such tensor, it has another type, or too many
   *     elements for an array
   */
  public float[] floats(String tensor) throws IOException {
    TensorInfo info = floatInfo(tensor);
    checkFits(tensor, info);
    float[] values = new float[(int) info.elements()];
    read(tensor, 0, values);
    return values;
  }

  /**
   * Copies a part of a tensor's elements, row-major, from F32, F16 or BF16: exact. The tensor may
   * be of any size.
   *
   * @param from index of the first element
   * @param to receives as many elements as it has room for
   * @throws FileFormatException if there is no such tensor, or it has another type
   * @throws IndexOutOfBoundsException if the tensor ends before that
   */
  public void read(String tensor, long from, float[] to) throws IOException {
    TensorInfo info = floatInfo(tensor);
    Objects.checkFromIndexSize(from, to.length, info.elements());
    int bytes = info.type().bytes();
    long begin = prologue() + info.begin() + from * bytes;
    info.type().decode(source.slice(begin, Math.multiplyExact(to.length, bytes)), to);
  }

  private TensorInfo floatInfo(String tensor) {
    TensorInfo info = info(tensor);
    if (!info.type().isFloat()) {
      throw new FileFormatException(
          name,
          "tensor \"" + tensor + "\" to be of F32, F16 or BF16",
          info.type().name(),
          "convert the tensor to one of these");
    }
    return info;
  }

  private void checkFits(String tensor, TensorInfo info) {
    if (info.bytes() > Integer.MAX_VALUE) {
      throw new FileFormatException(
          name,
          "tensor \"" + tensor + "\" to have less than 2 GiB",
          info.bytes() + " bytes",
          "read it in parts, or split the tensor");
    }
  }

  /**
   * The header's entry for a tensor.
   *
   * @throws FileFormatException if there is no such tensor
   */
  public TensorInfo info(String tensor) {
    TensorInfo info = header.tensors().get(tensor);
    if (info == null) {
      throw new FileFormatException(
          name,
          "a tensor \"" + tensor + "\"",
          "only " + header.tensors().keySet(),
          "pass the file that has it");
    }
    return info;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  /** The source of the bytes. */
  private interface Source extends Closeable {
    long size();

    /** Little-endian; the range is within the size. */
    ByteBuffer slice(long offset, int length) throws IOException;
  }

  private record BufferSource(ByteBuffer bytes) implements Source {
    @Override
    public long size() {
      return bytes.limit();
    }

    @Override
    public ByteBuffer slice(long offset, int length) {
      return bytes.slice((int) offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {}
  }

  private static final class ChannelSource implements Source {
    /** Smaller parts are read: a mapping costs a page and, on Windows, locks the file. */
    private static final int WORTH_MAPPING = 1 << 20;

    private final FileChannel channel;
    private final long size;

    ChannelSource(FileChannel channel) throws IOException {
      this.channel = channel;
      this.size = channel.size();
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public ByteBuffer slice(long offset, int length) throws IOException {
      ByteBuffer bytes =
          length >= WORTH_MAPPING
              ? channel.map(FileChannel.MapMode.READ_ONLY, offset, length)
              : read(offset, length);
      return bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer read(long offset, int length) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw new IOException("the file became shorter while it was read");
        }
      }
      return bytes.flip();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
