// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.internal.io.Remedy;
import org.nola4j.internal.io.Sha256;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.Llama;
import org.nola4j.transfer.ParameterReader;
import org.nola4j.transformer.RotaryPairs;

/**
 * A LLaMA in the first layout of A. Karpathy's llama2.c ({@code stories15M.bin}): seven integers,
 * then float32 weights, each for all blocks in turn. Files up to 2 GiB, which are mapped.
 */
public final class Llama2cCheckpoint implements LlamaSource {
  private static final int HEADER = 7 * Integer.BYTES;

  private final Path path;
  private final String name;
  private final FloatBuffer numbers;
  private final LlamaDimensions dimensions;
  private final int heads;
  private final int maxPositions;

  private Llama2cCheckpoint(Path path, ByteBuffer bytes) {
    this.path = path;
    this.name = path.toString();
    int[] header = new int[7];
    if (bytes.remaining() >= HEADER) {
      bytes.asIntBuffer().get(header);
    }
    boolean positive = header[5] != 0;
    for (int i = 0; i < header.length; i++) {
      positive &= i == 5 || header[i] > 0;
    }
    if (!positive || header[0] % header[3] != 0 || header[3] % header[4] != 0) {
      throw wrong("a header of llama2.c", Arrays.toString(header));
    }
    this.heads = header[3];
    this.maxPositions = header[6];
    this.dimensions =
        new LlamaDimensions(
            Math.abs(header[5]),
            header[0],
            header[2],
            header[0] / heads * header[4],
            header[1],
            header[5] > 0);
    this.numbers =
        bytes.slice(HEADER, bytes.capacity() - HEADER).order(bytes.order()).asFloatBuffer();
    double expected = expected();
    if (numbers.remaining() != expected) {
      throw wrong("%.0f numbers".formatted(expected), String.valueOf(numbers.remaining()));
    }
  }

  /**
   * How many numbers follow a header: before any list of the tensors is made, which that of a
   * damaged file would fill memory with, and in double, which cannot overflow.
   */
  private double expected() {
    double width = dimensions.width();
    double block =
        2 * width
            + 2 * width * width
            + 2 * width * dimensions.keyValueWidth()
            + 3 * width * dimensions.mlpWidth();
    double words = width * dimensions.vocabularySize();
    int headWidth = dimensions.width() / heads;
    double angles = (double) maxPositions * headWidth;
    return words * (dimensions.tiedHead() ? 1 : 2) + dimensions.blocks() * block + width + angles;
  }

  private FileFormatException wrong(String expected, String found) {
    return new FileFormatException(name, expected, found, Remedy.COPY);
  }

  /**
   * Opens a file.
   *
   * @throws FileFormatException if it is none of this layout
   */
  public static Llama2cCheckpoint open(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new FileFormatException(
            path.toString(),
            "at most 2^31 - 1 bytes",
            String.valueOf(channel.size()),
            "pass another one");
      }
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      return new Llama2cCheckpoint(path, bytes.order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  @Override
  public LlamaDimensions dimensions() {
    return dimensions;
  }

  @Override
  public int maxPositions() {
    return maxPositions;
  }

  @Override
  public String sha256() throws IOException {
    return Sha256.of(path);
  }

  @Override
  public Llama.Builder model() {
    return dimensions
        .model()
        .heads(heads)
        .keyValueHeads(dimensions.keyValueWidth() / (dimensions.width() / heads))
        .maxPositions(maxPositions)
        .pairs(RotaryPairs.NEIGHBORS);
  }

  /**
   * Copies the weights into a network of {@link Llama} whose weights are dense.
   *
   * @throws FileFormatException if a weight is NaN or infinite
   * @throws IllegalArgumentException if it is not such a network, has other sizes, or a weight is
   *     not dense
   */
  @Override
  public void readInto(ComputationGraph network) {
    DenseNetwork to = new DenseNetwork("Llama", network);
    if (!LlamaDimensions.of(to).equals(dimensions)) {
      throw new IllegalArgumentException(
          "%s: expected a network of its sizes, %s, but got one of %s"
              .formatted(name, dimensions, LlamaDimensions.of(to)));
    }
    FloatBuffer from = numbers.duplicate();
    for (StoredTensor tensor : tensors()) {
      if (tensor.name().equals(LlamaNaming.HEAD)) {
        from.position(from.position() + angles());
      }
      float[] values = new float[(int) elements(tensor)];
      from.get(values);
      CheckpointChecks.requireFinite(name, tensor.name(), 0, values);
      LlamaDimensions.write(values, tensor, to);
    }
  }

  /**
   * Reads one weight at a time, as {@link LlamaCheckpoint#parameters}.
   *
   * @throws FileFormatException when a weight is read that is NaN or infinite
   */
  @Override
  public ParameterReader parameters() {
    Map<StoredTensor.Parameter, StoredTensor> tensors = new LinkedHashMap<>();
    Map<StoredTensor, Integer> begins = new LinkedHashMap<>();
    int begin = 0;
    for (StoredTensor tensor : tensors()) {
      begin += tensor.name().equals(LlamaNaming.HEAD) ? angles() : 0;
      tensors.put(tensor.parameters().get(0), tensor);
      begins.put(tensor, begin);
      begin += (int) elements(tensor);
    }
    return (layer, parameter) -> {
      StoredTensor tensor = tensors.get(new StoredTensor.Parameter(layer, parameter));
      float[] values = new float[(int) elements(tensor)];
      numbers.duplicate().position(begins.get(tensor)).get(values);
      CheckpointChecks.requireFinite(name, tensor.name(), 0, values);
      return LlamaDimensions.turned(values, tensor);
    };
  }

  /** Tables of cosines and sines, which are not needed. */
  private int angles() {
    return maxPositions * (dimensions.width() / heads);
  }

  private static long elements(StoredTensor tensor) {
    return tensor.shape().stream().reduce(1L, Math::multiplyExact);
  }

  /** In the order of the file. */
  private List<StoredTensor> tensors() {
    List<StoredTensor> all = LlamaNaming.tensors(dimensions);
    List<StoredTensor> ordered = new ArrayList<>();
    ordered.add(all.get(0));
    for (String part :
        List.of("norm1.gamma", "q", "k", "v", "o", "norm2.gamma", "gate", "down", "up")) {
      add(all, tensor -> tensor.parameters().get(0).name().equals(part), ordered);
    }
    add(all, tensor -> tensor.isOf(Llama.NORM), ordered);
    add(all, tensor -> tensor.isOf(Llama.HEAD), ordered);
    return ordered;
  }

  private static void add(
      List<StoredTensor> from, Predicate<StoredTensor> which, List<StoredTensor> to) {
    from.stream().filter(which).forEach(to::add);
  }

  /** Does nothing: the file is mapped until this object is garbage. */
  @Override
  public void close() {}
}
