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
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nola4j.io.FileFormatException;
import org.nola4j.models.VisionTransformer;
import org.nola4j.models.checkpoint.StoredTensor.Layout;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorInfo;
import org.nola4j.safetensors.TensorType;
import org.nola4j.transformer.MlpActivation;
import org.nola4j.transformer.NormPosition;
import org.nola4j.transformer.TokenPooling;

/**
 * A file with all weights of a vision transformer, under the names of one of {@link VitNaming}, in
 * F32, F16 or BF16.
 *
 * <pre>{@code
 * try (VitCheckpoint checkpoint = VitCheckpoint.open(Path.of("vit_base_patch16_224.safetensors"))) {
 *   ComputationGraph network = checkpoint.model().classes(100).build().init();
 *   checkpoint.readInto(network, VitCheckpoint.Head.NEW);
 * }
 * VitCheckpoint.write(network, Path.of("fine-tuned.safetensors"));
 * }</pre>
 *
 * <p>Reading copies from the file to the network's parameters, a megabyte at a time.
 */
public final class VitCheckpoint implements Closeable {
  private static final int PART = 1 << 18;
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private final SafetensorsFile file;
  private final VitNaming naming;
  private final VitDimensions dimensions;

  private VitCheckpoint(SafetensorsFile file, VitNaming naming) {
    this.file = file;
    this.naming = naming;
    this.dimensions = readDimensions();
  }

  /** Where the head of a network comes from. */
  public enum Head {
    /** From the file, whose classes must be as many. */
    STORED,
    /** The network keeps its own; the file's, if there is one, is left out. */
    NEW
  }

  /**
   * Opens a file, of which only the header is read.
   *
   * @throws FileFormatException if it is no safetensors file, or has no vision transformer
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
   * As {@link #open}, of a file that is open already and that {@link #close} closes; empty where it
   * has no vision transformer.
   *
   * @throws FileFormatException if it has a part of one
   */
  public static Optional<VitCheckpoint> find(SafetensorsFile file) {
    return Arrays.stream(VitNaming.values())
        .filter(naming -> naming.isOf(file.tensors().keySet()))
        .findFirst()
        .map(naming -> new VitCheckpoint(file, naming));
  }

  private static FileFormatException unknown(SafetensorsFile file) {
    return new FileFormatException(
        file.name(),
        "a vision transformer, with one of the tensors "
            + Arrays.stream(VitNaming.values())
                .map(VitNaming::firstAttention)
                .collect(Collectors.joining(", ")),
        "[" + Names.first(file.tensors().keySet()) + "]",
        "pass another file, or rename the tensors");
  }

  private VitDimensions readDimensions() {
    Set<String> names = file.tensors().keySet();
    List<Long> patch = shape(naming.patchWeight(), 4);
    List<Long> positions = shape(naming.positions(), 3);
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
        size(positions, 1),
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

  /** By whose names the tensors are called. */
  public VitNaming naming() {
    return naming;
  }

  /** The sizes that the tensors show. */
  public VitDimensions dimensions() {
    return dimensions;
  }

  /**
   * A builder of the network that the file is of, as far as its tensors tell: sizes, pooling,
   * square images of the size that it was trained for.
   *
   * <p>The rest is what is usual and may have to be set: heads of 64 numbers, and by naming {@link
   * VitNaming#TIMM} and {@link VitNaming#SEPARATE_QKV} pre-norm, exact GELU and epsilon 1e-6,
   * {@link VitNaming#TORCH_ENCODER} post-norm, ReLU and 1e-5, PyTorch's defaults. Without a head in
   * the file there are 1,000 classes.
   */
  public VisionTransformer.Builder model() {
    boolean torch = naming == VitNaming.TORCH_ENCODER;
    VisionTransformer.Builder builder =
        VisionTransformer.base()
            .width(dimensions.width())
            .depth(dimensions.blocks())
            .heads(Math.max(1, dimensions.width() / 64))
            .mlpWidth(dimensions.mlpWidth())
            .patchSize(dimensions.patchSize())
            .imageSize(storedGrid().height() * dimensions.patchSize())
            .normPosition(torch ? NormPosition.POST : NormPosition.PRE)
            .activation(torch ? MlpActivation.RELU : MlpActivation.GELU)
            .epsilon(torch ? 1e-5 : 1e-6);
    if (dimensions.classes() > 0) {
      builder.classes(dimensions.classes());
    }
    return dimensions.averaged()
        ? builder.pooling(TokenPooling.Kind.MEAN, TokenPooling.Norm.AFTER)
        : builder;
  }

  private PositionGrid storedGrid() {
    int side = (int) Math.sqrt(dimensions.patches());
    if (side < 1 || side * side != dimensions.patches()) {
      throw new FileFormatException(
          file.name(),
          "positions of a square grid of patches and one class token in \""
              + naming.positions()
              + "\"",
          dimensions.tokens() + " positions",
          "pass a model with a class token that was trained on square images");
    }
    return new PositionGrid(side, side);
  }

  /** As {@link #readInto(ComputationGraph, Head)}, with the stored head. */
  public void readInto(ComputationGraph network) throws IOException {
    readInto(network, Head.STORED);
  }

  /**
   * Copies all weights into a network of {@link VisionTransformer} whose weights are dense.
   * Positions of another image size are interpolated as timm does it, bicubic with antialiasing.
   *
   * @throws CheckpointMismatchException naming all tensors that are missing, too many or of another
   *     shape; nothing is changed then
   * @throws IllegalArgumentException if it is another network, or a weight is not dense
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
    for (Map.Entry<StoredTensor, List<INDArray>> entry : arrays.entrySet()) {
      read(entry.getKey(), entry.getValue(), to.grid());
    }
  }

  private void check(List<StoredTensor> tensors, Head head) {
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
    }
    if (head == Head.NEW) {
      surplus.remove(naming.headWeight());
      surplus.remove(naming.headBias());
    }
    if (!missing.isEmpty() || !surplus.isEmpty() || !different.isEmpty()) {
      String other = "build the network by the file's sizes, " + dimensions;
      boolean headsDiffer = head == Head.STORED && isHeads(missing) && isHeads(different);
      throw new CheckpointMismatchException(
          file.name(),
          missing,
          List.copyOf(surplus),
          different,
          headsDiffer && surplus.isEmpty() ? "read it with a new head" : other);
    }
  }

  private boolean isHeads(List<String> tensors) {
    return tensors.stream()
        .allMatch(
            tensor ->
                tensor.startsWith(naming.headWeight()) || tensor.startsWith(naming.headBias()));
  }

  /** Positions may be of any square grid. */
  private boolean fits(StoredTensor tensor, List<Long> shape) {
    if (tensor.layout() != Layout.POSITIONS || shape.equals(tensor.shape())) {
      return shape.equals(tensor.shape());
    }
    storedGrid();
    return shape.equals(List.of(1L, shape.get(1), tensor.shape().get(2)));
  }

  private void read(StoredTensor tensor, List<INDArray> arrays, PositionGrid grid)
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
        case POSITIONS -> readPositions(tensor.name(), array, grid);
      }
      from += array.length();
    }
  }

  /** Reads rows of a file's matrix [outputs, inputs] as columns. */
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

  private void readPositions(String tensor, INDArray to, PositionGrid grid) throws IOException {
    float[] positions = file.floats(tensor);
    boolean equal = positions.length == to.length() && grid.height() != grid.width();
    PositionGrid from = equal ? grid : storedGrid();
    float[] resampled = PositionResampling.resample(positions, 1, dimensions.width(), from, grid);
    assign(to, resampled, to.shape());
  }

  private static void assign(INDArray to, float[] values, long[] shape) {
    to.assign(Nd4j.createFromArray(values).reshape('c', shape).castTo(to.dataType()));
  }

  /** As {@link #write(ComputationGraph, Path, VitNaming)}, by timm's names. */
  public static void write(ComputationGraph network, Path file) throws IOException {
    write(network, file, VitNaming.TIMM);
  }

  /**
   * Writes a network of {@link VisionTransformer} whose weights are dense, in F32: first beside the
   * target, then renamed. What was read without interpolation from an F32 file is written bit for
   * bit.
   *
   * @throws IllegalArgumentException if it is another network, a weight is not dense, or models of
   *     this naming normalize elsewhere or do not average
   */
  public static void write(ComputationGraph network, Path file, VitNaming naming)
      throws IOException {
    writer(network, naming).write(file, METADATA);
  }

  /**
   * The size in bytes of the file that {@link #write(ComputationGraph, Path)} writes.
   *
   * @throws IllegalArgumentException as there
   */
  public static long bytes(ComputationGraph network) {
    return writer(network, VitNaming.TIMM).size(METADATA);
  }

  private static SafetensorsWriter writer(ComputationGraph network, VitNaming naming) {
    VitNetwork from = new VitNetwork(network);
    boolean post = from.normPosition() == NormPosition.POST;
    if (post != (naming == VitNaming.TORCH_ENCODER)) {
      throw new IllegalArgumentException(
          "a %s-norm network cannot be written as %s, whose readers would take it for another: use %s"
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
