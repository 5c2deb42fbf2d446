// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.VisionTransformer;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenPooling;

/**
 * A file with all weights of a vision transformer, with tensor names of a {@link VitNaming}, in
 * F32, F16, or BF16.
 *
 * <pre>{@code
 * try (VitCheckpoint checkpoint = VitCheckpoint.open(Path.of("vit_base_patch16_224.safetensors"))) {
 *   ComputationGraph network = checkpoint.model().classes(100).build().init();
 *   checkpoint.readInto(network, VitCheckpoint.Head.NEW);
 * }
 * VitCheckpoint.write(network, Path.of("fine-tuned.safetensors"));
 * }</pre>
 *
 * <p>Weights are copied from the file to the network one megabyte at a time.
 */
public final class VitCheckpoint implements Closeable {
  private static final int USUAL_HEAD = 64;

  private final SafetensorsFile file;
  private final VitNaming naming;
  private final VitDimensions dimensions;

  /** Null if the file does not have it. */
  private final PositionGrid grid;

  private VitCheckpoint(SafetensorsFile file, VitNaming naming, PositionGrid grid) {
    this.file = file;
    this.naming = naming;
    int positions = positions();
    this.grid = grid == null ? storedGrid(positions).orElse(null) : grid;
    this.dimensions = readDimensions(positions);
  }

  /** Where the network's head comes from. */
  public enum Head {
    /** From the file, which must have the same number of classes. */
    STORED,
    /** The network keeps its own head; one in the file is ignored. */
    NEW
  }

  /**
   * Opens a file and reads only its header.
   *
   * @throws FileFormatException if it is not a safetensors file, or has no vision transformer
   */
  public static VitCheckpoint open(Path path) throws IOException {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      return find(file).orElseThrow(() -> unknown(file));
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * Like {@link #open}, for an open file, which {@link #close} closes; empty if it does not contain
   * a vision transformer.
   *
   * @throws FileFormatException if it contains part of one
   */
  public static Optional<VitCheckpoint> find(SafetensorsFile file) {
    return Arrays.stream(VitNaming.values())
        .filter(naming -> naming.isOf(file.tensors().keySet()))
        .findFirst()
        .map(naming -> new VitCheckpoint(file, naming, null));
  }

  private static FileFormatException unknown(SafetensorsFile file) {
    return new FileFormatException(
        file.name(),
        "a vision transformer, with one of the tensors "
            + Arrays.stream(VitNaming.values())
                .map(VitNaming::firstAttention)
                .collect(Collectors.joining(", ")),
        "[" + NameList.first(file.tensors().keySet()) + "]",
        "pass another file, or rename the tensors");
  }

  /** The number of positions, including the class token's if it has one. */
  private int positions() {
    return size(shape(naming.positions(), 3), 1);
  }

  /** The grid in the metadata, or else a square, with or without a class token. */
  private Optional<PositionGrid> storedGrid(int positions) {
    String text = file.metadata().get(PositionGrid.METADATA);
    if (text == null) {
      return PositionGrid.square(positions - 1).or(() -> PositionGrid.square(positions));
    }
    return Optional.of(
        PositionGrid.parse(text, positions)
            .orElseThrow(
                () ->
                    new FileFormatException(
                        file.name(),
                        "the number of patches down and across in metadata \"%s\", for %d positions"
                            .formatted(PositionGrid.METADATA, positions),
                        "\"" + text + "\"",
                        Remedy.COPY)));
  }

  private VitDimensions readDimensions(int positions) {
    Set<String> names = file.tensors().keySet();
    List<Long> patch = shape(naming.patchWeight(), 4);
    int blocks = 0;
    while (names.contains(naming.hiddenWeight(blocks))) {
      blocks++;
    }
    return new VitDimensions(
        size(patch, 0),
        blocks,
        size(shape(naming.hiddenWeight(0), 2), 0),
        size(patch, 1),
        size(patch, 2),
        grid == null ? positions : grid.patches() + 1,
        names.contains(naming.headWeight()) ? size(shape(naming.headWeight(), 2), 0) : 0,
        naming.isAveraged(names));
  }

  private List<Long> shape(String tensor, int axes) {
    List<Long> shape = file.info(tensor).shape();
    if (shape.size() != axes || shape.contains(0L)) {
      throw new FileFormatException(
          file.name(),
          "tensor \"" + tensor + "\" with " + axes + " axes",
          shape.toString(),
          "pass the file of a vision transformer");
    }
    return shape;
  }

  private int size(List<Long> shape, int axis) {
    long size = shape.get(axis);
    if (size > Integer.MAX_VALUE) {
      throw new FileFormatException(
          file.name(), "sizes below 2^31", shape.toString(), "pass another file");
    }
    return (int) size;
  }

  /** The naming scheme of the tensors. */
  public VitNaming naming() {
    return naming;
  }

  /** The sizes that follow from the tensors. */
  public VitDimensions dimensions() {
    return dimensions;
  }

  /**
   * Returns a copy for the image size in pixels that the model was trained on. For images that are
   * not square, only files made by {@link #write} record it.
   *
   * @throws IllegalArgumentException if the number of patches of such images does not match the
   *     positions in the file
   */
  public VitCheckpoint trainedFor(int height, int width) {
    int patch = dimensions.patchSize();
    PositionGrid given = new PositionGrid(height / patch, width / patch);
    int positions = positions();
    if (given.patches() != positions && given.patches() != positions - 1) {
      throw new IllegalArgumentException(
          "images of %d x %d have %d patches of %d x %d, but %s has %d positions, with or without the class token"
              .formatted(height, width, given.patches(), patch, patch, file.name(), positions));
    }
    return new VitCheckpoint(file, naming, given);
  }

  /**
   * A builder for the network in the file, with everything that follows from its tensors: sizes,
   * pooling, and square images of the size it was trained on.
   *
   * <p>The rest has the usual values and may have to be set: pre-norm, exact GELU, and epsilon 1e-6
   * for {@link VitNaming#TIMM} and {@link VitNaming#SEPARATE_QKV}; PyTorch's defaults post-norm,
   * ReLU, and 1e-5 for {@link VitNaming#TORCH_ENCODER}. Heads have width 64; if the embedding width
   * is not a multiple of 64, the number of heads must be set. Without a head in the file there are
   * 1,000 classes.
   *
   * @throws FileFormatException if the model has register tokens, no class token, or images that
   *     are not square
   * @throws CheckpointMismatchException if a tensor is missing or not part of such networks
   */
  public VisionTransformer.Builder model() {
    reader().check(naming.tensors(dimensions), false);
    if (grid == null || grid.height() != grid.width()) {
      throw reader().noSquare();
    }
    boolean torch = naming == VitNaming.TORCH_ENCODER;
    VisionTransformer.Builder builder =
        VisionTransformer.sized(dimensions.width(), dimensions.blocks())
            .mlpWidth(dimensions.mlpWidth())
            .patchSize(dimensions.patchSize())
            .imageSize(grid.height() * dimensions.patchSize())
            .normPosition(torch ? NormPosition.POST : NormPosition.PRE)
            .activation(torch ? MlpActivation.RELU : MlpActivation.GELU)
            .epsilon(torch ? 1e-5 : 1e-6);
    if (dimensions.width() % USUAL_HEAD == 0) {
      builder.heads(dimensions.width() / USUAL_HEAD);
    }
    if (dimensions.classes() > 0) {
      builder.classes(dimensions.classes());
    }
    return dimensions.averaged()
        ? builder.pooling(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER)
        : builder;
  }

  /** Like {@link #readInto(ComputationGraph, Head)}, with the stored head. */
  public void readInto(ComputationGraph network) throws IOException {
    readInto(network, Head.STORED);
  }

  /**
   * Copies all weights into a {@link VisionTransformer} network with dense weights. Positions for
   * another image size are interpolated like in timm, bicubic with antialiasing. To compute the
   * same, timm's LayerScale ({@code ls1.gamma}) is multiplied into the linear layer before it, and
   * a class token without a position ({@code no_embed_class}) gets a position of zeros.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of
   *     another shape; nothing is changed then
   * @throws FileFormatException if a tensor contains NaN or infinity, or the model has register
   *     tokens or no class token; nothing is changed then
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   */
  public void readInto(ComputationGraph network, Head head) throws IOException {
    reader().readInto(network, head == Head.NEW);
  }

  private VitReader reader() {
    return new VitReader(file, naming, dimensions, grid);
  }

  /** Like {@link #write(ComputationGraph, Path, VitNaming)}, with timm's names. */
  public static void write(ComputationGraph network, Path file) throws IOException {
    write(network, file, VitNaming.TIMM);
  }

  /**
   * Writes a {@link VisionTransformer} network with dense weights in F32, first to a temporary
   * file, which is then renamed. Unchanged weights from an F32 file are written bit for bit. For
   * images that are not square, the metadata record the number of patches down and across.
   *
   * @throws ArithmeticException if a parameter is NaN or infinite, naming its layer
   * @throws IllegalArgumentException if it is not such a network, a weight is not dense, or models
   *     with this naming normalize elsewhere or do not average
   */
  public static void write(ComputationGraph network, Path file, VitNaming naming)
      throws IOException {
    new VitWriter(network, naming).write(file);
  }

  /**
   * The size in bytes of the file that {@link #write(ComputationGraph, Path)} writes.
   *
   * @throws IllegalArgumentException like {@code write}
   */
  public static long bytes(ComputationGraph network) {
    return new VitWriter(network, VitNaming.TIMM).bytes();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
