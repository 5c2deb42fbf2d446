// SPDX-License-Identifier: Apache-2.0
package org.nola4j.models.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.internal.io.Remedy;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.StoredTensor.Layout;
import org.nola4j.network.FiniteParameters;
import org.nola4j.network.NetworkLayer;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorInfo;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenPooling;

/**
 * A file with all weights of a vision transformer, with tensor names of a {@link VitNaming}, in F32, F16, or BF16.
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
  private static final int PART = 1 << 18;
  private static final int USUAL_HEAD = 64;

  /** Metadata: patches down and across for images that are not square, such as 2x5. */
  private static final String GRID = "position_grid";

  private static final Pattern GRID_FORM = Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})");

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
   * Like {@link #open}, for an open file, which {@link #close} closes; empty if it does not contain a vision transformer.
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
    String text = file.metadata().get(GRID);
    if (text == null) {
      return PositionGrid.square(positions - 1).or(() -> PositionGrid.square(positions));
    }
    Matcher sides = GRID_FORM.matcher(text);
    if (sides.matches()) {
      long height = Long.parseLong(sides.group(1));
      long width = Long.parseLong(sides.group(2));
      if (height * width == positions - 1 || height * width == positions) {
        return Optional.of(new PositionGrid((int) height, (int) width));
      }
    }
    throw new FileFormatException(
        file.name(),
        "the number of patches down and across in metadata \"%s\", for %d positions".formatted(GRID, positions),
        "\"" + text + "\"",
        Remedy.COPY);
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
   * Returns a copy for the image size in pixels that the model was trained on. For images that are not square, only files made by {@link #write} record it.
   *
   * @throws IllegalArgumentException if the number of patches of such images does not match the positions in the file
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
   * A builder for the network in the file, with everything that follows from its tensors: sizes, pooling, and square images of the size it was trained on.
   *
   * <p>The rest has the usual values and may have to be set: pre-norm, exact GELU, and epsilon 1e-6 for {@link VitNaming#TIMM} and {@link VitNaming#SEPARATE_QKV}; PyTorch's defaults post-norm, ReLU, and 1e-5 for {@link VitNaming#TORCH_ENCODER}. Heads have width 64; if the embedding width is not a multiple of 64, the number of heads must be set. Without a head in the file there are 1,000 classes.
   *
   * @throws FileFormatException if the model has register tokens, no class token, or images that are not square
   * @throws CheckpointMismatchException if a tensor is missing or not part of such networks
   */
  public VisionTransformer.Builder model() {
    check(naming.tensors(dimensions), Head.STORED);
    if (grid == null || grid.height() != grid.width()) {
      throw noSquare();
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

  private FileFormatException noSquare() {
    return new FileFormatException(
        file.name(),
        "positions of a square grid of patches, with or without the class token, in \""
            + naming.positions()
            + "\"",
        grid == null
            ? positions() + " positions"
            : "those of " + grid.height() + " x " + grid.width() + " patches",
        "build the network yourself and call trainedFor with the image size of the file's model");
  }

  /** Rejects what the network cannot have, with a clearer message than a list of tensors. */
  private void requireSupported() {
    TensorInfo registers = file.tensors().get(VitNaming.REGISTERS);
    if (registers != null) {
      throw new FileFormatException(
          file.name(),
          "a vision transformer without register tokens",
          "tensor \"%s\" %s".formatted(VitNaming.REGISTERS, registers.shape()),
          "register tokens are not supported: pass a model without them");
    }
    boolean classPosition = grid == null || positions() == grid.patches() + 1;
    if (!classPosition && !file.tensors().containsKey(naming.classToken())) {
      throw new FileFormatException(
          file.name(),
          "a vision transformer with a class token, \"" + naming.classToken() + "\"",
          "one for patches only",
          "such models are not supported: pass one with a class token");
    }
  }

  /** Like {@link #readInto(ComputationGraph, Head)}, with the stored head. */
  public void readInto(ComputationGraph network) throws IOException {
    readInto(network, Head.STORED);
  }

  /**
   * Copies all weights into a {@link VisionTransformer} network with dense weights. Positions for another image size are interpolated like in timm, bicubic with antialiasing. To compute the same, timm's LayerScale ({@code ls1.gamma}) is multiplied into the linear layer before it, and a class token without a position ({@code no_embed_class}) gets a position of zeros.
   *
   * @throws CheckpointMismatchException with all tensors that are missing, unexpected, or of another shape; nothing is changed then
   * @throws FileFormatException if a tensor contains NaN or infinity, or the model has register tokens or no class token; nothing is changed then
   * @throws IllegalArgumentException if it is not such a network or a weight is not dense
   */
  public void readInto(ComputationGraph network, Head head) throws IOException {
    VitNetwork to = new VitNetwork(network);
    List<StoredTensor> tensors = new ArrayList<>(naming.tensors(to.dimensions()));
    if (head == Head.NEW) {
      tensors.removeIf(tensor -> tensor.isOf(VisionTransformer.HEAD));
    }
    check(tensors, head);
    Map<StoredTensor, List<INDArray>> arrays = new LinkedHashMap<>();
    for (StoredTensor tensor : tensors) {
      arrays.put(tensor, tensor.parameters().stream().map(to::array).toList());
    }
    for (StoredTensor tensor : tensors) {
      requireFinite(tensor.name());
      if (scale(tensor) != null) {
        requireFinite(scale(tensor));
      }
    }
    for (Map.Entry<StoredTensor, List<INDArray>> entry : arrays.entrySet()) {
      read(entry.getKey(), entry.getValue(), to.grid());
    }
  }

  private void requireFinite(String tensor) throws IOException {
    long elements = file.info(tensor).elements();
    for (long from = 0; from < elements; from += PART) {
      float[] values = new float[(int) Math.min(PART, elements - from)];
      file.read(tensor, from, values);
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          throw new FileFormatException(
              file.name(),
              "finite numbers in tensor \"" + tensor + "\"",
              values[i] + " at " + (from + i),
              "training diverged or the file is damaged: pass another one");
        }
      }
    }
  }

  /** The tensor that scales the output of a linear layer; null if the file has none. */
  private String scale(StoredTensor tensor) {
    return naming.layerScale(tensor.name()).filter(file.tensors()::containsKey).orElse(null);
  }

  private void check(List<StoredTensor> tensors, Head head) {
    requireSupported();
    Set<String> surplus = new LinkedHashSet<>(file.tensors().keySet());
    List<String> missing = new ArrayList<>();
    List<String> different = new ArrayList<>();
    for (StoredTensor tensor : tensors) {
      TensorInfo info = file.tensors().get(tensor.name());
      surplus.remove(tensor.name());
      if (info == null) {
        missing.add(tensor.name());
      } else if (!info.type().isFloat() || !fits(tensor, info.shape())) {
        different.add(
            "%s (%s %s instead of %s)"
                .formatted(tensor.name(), info.type(), info.shape(), tensor.shape()));
      }
      checkScale(tensor, surplus, different);
    }
    if (head == Head.NEW) {
      surplus.remove(naming.headWeight());
      surplus.remove(naming.headBias());
    }
    if (!missing.isEmpty() || !surplus.isEmpty() || !different.isEmpty()) {
      boolean headsDiffer =
          head == Head.STORED && surplus.isEmpty() && isHeads(missing) && isHeads(different);
      throw new CheckpointMismatchException(
          file.name(),
          missing,
          List.copyOf(surplus),
          different,
          headsDiffer ? "read it with a new head" : remedy(missing, surplus));
    }
  }

  private String remedy(List<String> missing, Set<String> surplus) {
    Set<String> own =
        naming.tensors(dimensions).stream()
            .map(StoredTensor::name)
            .collect(Collectors.toUnmodifiableSet());
    if (!own.containsAll(surplus)) {
      return "VisionTransformer has no such parts: pass a model without them";
    }
    if (missing.stream().anyMatch(own::contains)) {
      return "part of the model is missing: copy or download the file again";
    }
    return "build the network with the file's sizes, " + dimensions;
  }

  private void checkScale(StoredTensor tensor, Set<String> surplus, List<String> different) {
    String scale = scale(tensor);
    if (scale != null && surplus.remove(scale)) {
      TensorInfo info = file.info(scale);
      List<Long> shape = List.of(tensor.shape().get(0));
      if (!info.type().isFloat() || !info.shape().equals(shape)) {
        different.add(
            "%s (%s %s instead of %s)".formatted(scale, info.type(), info.shape(), shape));
      }
    }
  }

  private boolean isHeads(List<String> tensors) {
    return tensors.stream()
        .allMatch(
            tensor ->
                tensor.startsWith(naming.headWeight()) || tensor.startsWith(naming.headBias()));
  }

  /** Positions may have any known grid. */
  private boolean fits(StoredTensor tensor, List<Long> shape) {
    if (tensor.layout() != Layout.POSITIONS) {
      return shape.equals(tensor.shape());
    }
    if (grid == null) {
      throw noSquare();
    }
    return shape.equals(List.of(1L, shape.get(1), tensor.shape().get(2)));
  }

  private void read(StoredTensor tensor, List<INDArray> arrays, PositionGrid imageGrid)
      throws IOException {
    long from = 0;
    for (INDArray array : arrays) {
      switch (tensor.layout()) {
        case SAME -> {
          float[] values = new float[(int) array.length()];
          file.read(tensor.name(), from, values);
          assign(array, values, array.shape());
        }
        case TRANSPOSED -> readTransposed(tensor.name(), from, array);
        case POSITIONS -> readPositions(tensor.name(), array, imageGrid);
      }
      if (scale(tensor) != null) {
        INDArray scale = Nd4j.createFromArray(file.floats(scale(tensor)));
        array.muliRowVector(scale.castTo(array.dataType()));
      }
      from += array.length();
    }
  }

  /** Reads rows of a file's matrix, [outputs, inputs], as columns. */
  private void readTransposed(String tensor, long from, INDArray to) throws IOException {
    int inputs = (int) to.size(0);
    int outputs = (int) to.size(1);
    int step = Math.max(1, PART / inputs);
    for (int first = 0; first < outputs; first += step) {
      int end = Math.min(outputs, first + step);
      float[] rows = new float[(end - first) * inputs];
      file.read(tensor, from + (long) first * inputs, rows);
      INDArray columns = to.get(NDArrayIndex.all(), NDArrayIndex.interval(first, end)); // a view
      columns.assign(
          Nd4j.createFromArray(rows)
              .reshape('c', end - first, inputs)
              .transpose()
              .castTo(to.dataType()));
    }
  }

  private void readPositions(String tensor, INDArray to, PositionGrid imageGrid)
      throws IOException {
    float[] stored = file.floats(tensor);
    int width = dimensions.width();
    float[] positions = new float[(grid.patches() + 1) * width];
    System.arraycopy(stored, 0, positions, positions.length - stored.length, stored.length);
    assign(to, PositionResampling.resample(positions, 1, width, grid, imageGrid), to.shape());
  }

  private static void assign(INDArray to, float[] values, long[] shape) {
    to.assign(Nd4j.createFromArray(values).reshape('c', shape).castTo(to.dataType()));
  }

  /** Like {@link #write(ComputationGraph, Path, VitNaming)}, with timm's names. */
  public static void write(ComputationGraph network, Path file) throws IOException {
    write(network, file, VitNaming.TIMM);
  }

  /**
   * Writes a {@link VisionTransformer} network with dense weights in F32, first to a temporary file, which is then renamed. Unchanged weights from an F32 file are written bit for bit. For images that are not square, the metadata record the number of patches down and across.
   *
   * @throws ArithmeticException if a parameter is NaN or infinite, naming its layer
   * @throws IllegalArgumentException if it is not such a network, a weight is not dense, or models with this naming normalize elsewhere or do not average
   */
  public static void write(ComputationGraph network, Path file, VitNaming naming)
      throws IOException {
    SafetensorsWriter writer = writer(network, naming);
    FiniteParameters.require(NetworkLayer.of(network));
    writer.write(file, metadata(network));
  }

  /**
   * The size in bytes of the file that {@link #write(ComputationGraph, Path)} writes.
   *
   * @throws IllegalArgumentException like {@code write}
   */
  public static long bytes(ComputationGraph network) {
    return writer(network, VitNaming.TIMM).size(metadata(network));
  }

  private static Map<String, String> metadata(ComputationGraph network) {
    PositionGrid grid = new VitNetwork(network).grid();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    if (grid.height() != grid.width()) {
      metadata.put(GRID, grid.height() + "x" + grid.width());
    }
    return metadata;
  }

  private static SafetensorsWriter writer(ComputationGraph network, VitNaming naming) {
    VitNetwork from = new VitNetwork(network);
    boolean post = from.normPosition() == NormPosition.POST;
    if (post != (naming == VitNaming.TORCH_ENCODER)) {
      throw new IllegalArgumentException(
          "a %s-norm network cannot be written as %s, since readers would assume the other kind: use %s"
              .formatted(
                  post ? "post" : "pre", naming, post ? VitNaming.TORCH_ENCODER : VitNaming.TIMM));
    }
    VitDimensions dimensions = from.dimensions();
    if (dimensions.averaged() && naming != VitNaming.TIMM) {
      throw new IllegalArgumentException(
          "a network that normalizes the mean of its tokens cannot be written as %s, which has no name for that: only %s has"
              .formatted(naming, VitNaming.TIMM));
    }
    SafetensorsWriter writer = new SafetensorsWriter();
    for (StoredTensor tensor : naming.tensors(dimensions)) {
      List<INDArray> arrays = tensor.parameters().stream().map(from::array).toList();
      writer.floats(
          tensor.name(), TensorType.F32, tensor.shape(), () -> values(arrays, tensor.layout()));
    }
    return writer;
  }

  private static float[] values(List<INDArray> arrays, Layout layout) {
    float[] values = new float[arrays.stream().mapToInt(array -> (int) array.length()).sum()];
    int begin = 0;
    for (INDArray array : arrays) {
      INDArray ordered = layout == Layout.TRANSPOSED ? array.transpose() : array;
      float[] part = ordered.dup('c').data().asFloat();
      System.arraycopy(part, 0, values, begin, part.length);
      begin += part.length;
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
