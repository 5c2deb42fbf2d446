package org.nola4j.adapter;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Reads {@code .safetensors} files of any origin and size: only the header is read at once, tensors
 * where they are asked for.
 *
 * <p>Large tensors are memory-mapped, never copied as bytes; files may be larger than 2 GiB, single
 * tensors may not. Nothing is allocated that the file's length does not warrant.
 */
final class SafetensorsFile implements Closeable {
  /** The limit of the reference implementation. */
  private static final long LONGEST_HEADER = 100_000_000;

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
   * Opens a file and checks its header.
   *
   * @throws AdapterFormatException if it is no safetensors file, or a damaged one
   */
  static SafetensorsFile open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new SafetensorsFile(path.toString(), new ChannelSource(channel));
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** As {@link #open}, of a file in memory. */
  static SafetensorsFile of(ByteBuffer bytes, String name) throws IOException {
    return new SafetensorsFile(name, new BufferSource(bytes.slice()));
  }

  private int headerLength() throws IOException {
    if (source.size() < SafetensorsHeader.LENGTH_BYTES) {
      throw new AdapterFormatException(
          name,
          "a safetensors file of at least " + SafetensorsHeader.LENGTH_BYTES + " bytes",
          source.size() + " bytes",
          Remedy.COPY);
    }
    long length = source.slice(0, SafetensorsHeader.LENGTH_BYTES).getLong();
    long most = Math.min(LONGEST_HEADER, source.size() - SafetensorsHeader.LENGTH_BYTES);
    if (length < 0 || length > most) {
      throw new AdapterFormatException(
          name,
          "a header length of at most " + most + " bytes in its first 8 bytes",
          Long.toUnsignedString(length),
          "it is no safetensors file, or truncated: copy, download or write it again");
    }
    return (int) length;
  }

  /** What messages call the file. */
  String name() {
    return name;
  }

  /** Free metadata. */
  Map<String, String> metadata() {
    return header.metadata();
  }

  /** Tensors by name. */
  Map<String, SafetensorsHeader.Tensor> tensors() {
    return header.tensors();
  }

  /** Bytes of the whole file. */
  long size() {
    return source.size();
  }

  /** Bytes before the data. */
  int prologue() {
    return SafetensorsHeader.LENGTH_BYTES + headerLength;
  }

  /** Any part of the file, little-endian, read-only; mapped where that pays. */
  ByteBuffer slice(long offset, int length) throws IOException {
    return source.slice(offset, length);
  }

  /** A tensor's bytes, little-endian, read-only. */
  ByteBuffer bytes(String tensor) throws IOException {
    SafetensorsHeader.Tensor entry = entry(tensor);
    long length = entry.end() - entry.begin();
    if (length > Integer.MAX_VALUE) {
      throw new AdapterFormatException(
          name,
          "tensor \"" + tensor + "\" to have less than 2 GiB",
          length + " bytes",
          "split the tensor");
    }
    return source.slice(prologue() + entry.begin(), (int) length);
  }

  /** A tensor's elements, row-major, from F32, F16 or BF16: exact. */
  float[] floats(String tensor) throws IOException {
    Type type = entry(tensor).type();
    ByteBuffer bytes = bytes(tensor);
    float[] values = new float[bytes.remaining() / type.bytes()];
    switch (type) {
      case F32 -> bytes.asFloatBuffer().get(values);
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Half.toFloat(bytes.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Half.ofBfloat16(bytes.getShort());
        }
      }
      default ->
          throw new AdapterFormatException(
              name,
              "tensor \"" + tensor + "\" to be of F32, F16 or BF16",
              type.name(),
              "convert the tensor to one of these");
    }
    return values;
  }

  private SafetensorsHeader.Tensor entry(String tensor) {
    SafetensorsHeader.Tensor entry = header.tensors().get(tensor);
    if (entry == null) {
      throw new AdapterFormatException(
          name,
          "a tensor \"" + tensor + "\"",
          "only " + header.tensors().keySet(),
          "pass the file that has it");
    }
    return entry;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  /** Element types, by the format's own names. */
  enum Type {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    U16(2),
    I16(2),
    F16(2),
    BF16(2),
    U32(4),
    I32(4),
    F32(4),
    U64(8),
    I64(8),
    F64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes an element. */
    int bytes() {
      return bytes;
    }

    static Type of(String name, String file, String where) {
      for (Type type : values()) {
        if (type.name().equals(name)) {
          return type;
        }
      }
      throw new AdapterFormatException(
          file, where + "a dtype such as F32 or F16", "\"" + name + "\"", Remedy.UPDATE);
    }
  }

  /** Where the bytes come from. */
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
