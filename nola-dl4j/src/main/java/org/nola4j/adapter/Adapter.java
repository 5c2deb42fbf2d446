package org.nola4j.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.NetworkLayer;
import org.nola4j.dl4j.WeightSpec;
import org.nola4j.io.FileFormatException;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.safetensors.SafetensorsFile;

/**
 * Everything that a network trained beyond its seed and frozen weights: for a reparameterized layer
 * the recipe of its weights, their coefficients and its biases, for an ordinary layer all its
 * parameters, batch-norm statistics among them. Coefficients that layers share are held once.
 * Layers that DL4J holds frozen are left out.
 *
 * <p>Coefficients may be {@linkplain #quantized quantised}: then the numbers here are those that
 * the quantised file gives back, so that what one evaluates is what one stores. Of a layer with
 * {@code coefficientBits} the adapter has the rounded coefficients that the layer computes with,
 * quantised to that many bits; the unrounded ones, from which training goes on, are DL4J's
 * parameters.
 *
 * <p>Immutable. Memory: 4 bytes a number; a file takes 4 or 2 bytes a number, a few bits where it
 * is quantised, and about a kilobyte. Numbers are float32, so those of a network in double
 * precision are rounded.
 */
public final class Adapter {
  private final Recipe recipe;

  /** The recipe's layers by name. */
  private final Map<String, AdapterLayer> layers = new LinkedHashMap<>();

  /** By tensor name. */
  private final Map<String, float[]> values;

  /** Of quantised vectors, by tensor name; their values are fixed points of quantisation. */
  private final Map<String, Integer> bits;

  Adapter(Recipe recipe, Map<String, float[]> values, Map<String, Integer> bits) {
    this.recipe = recipe;
    recipe.layers().forEach(layer -> layers.put(layer.name(), layer));
    this.values = values;
    this.bits = bits;
  }

  /**
   * What an initialised network has trained; a copy.
   *
   * @throws IllegalArgumentException if a number is NaN or infinite, naming it, or if a layer that
   *     is trained takes its coefficients from one that is frozen
   */
  public static Adapter of(MultiLayerNetwork network) {
    return of(NetworkLayer.of(network));
  }

  /** As {@link #of(MultiLayerNetwork)}. */
  public static Adapter of(ComputationGraph graph) {
    return of(NetworkLayer.of(graph));
  }

  static Adapter of(List<NetworkLayer> network) {
    Recipe recipe = Recipe.of(network);
    Map<String, Integer> bits = recipe.coefficientBits(network);
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Map.Entry<String, INDArray> parameter : recipe.parameters(network).entrySet()) {
      float[] numbers = Numbers.read(parameter.getValue());
      int bad = Numbers.firstNotFinite(numbers);
      if (bad >= 0) {
        throw new IllegalArgumentException(
            "parameter \""
                + parameter.getKey()
                + "\" has "
                + numbers[bad]
                + " at "
                + bad
                + ": training has diverged, and an adapter holds finite numbers only");
      }
      values.put(parameter.getKey(), numbers);
    }
    bits.forEach((tensor, width) -> round(values.get(tensor), width));
    return new Adapter(recipe, values, bits);
  }

  private static void round(float[] numbers, int bits) {
    new Quantizer(bits).round(numbers, numbers);
  }

  /**
   * This with coefficients of few bits: quantisation after training (NOLA, ICLR 2024, section 3.2
   * and table 4), one scale a vector, as {@link Quantizer} defines it.
   *
   * <p>Quantised are the vectors that reparameterized weights arise from: alpha and beta, LoRA's A
   * and B, HashedNet's w. All else stays as floats: biases, batch-norm numbers, ordinary layers,
   * and weights of the dense method, which are no coefficients of anything.
   *
   * @param bits 2 to 8 a number
   */
  public Adapter quantized(int bits) {
    Quantizer quantizer = new Quantizer(bits);
    Map<String, float[]> rounded = new LinkedHashMap<>(values);
    Map<String, Integer> widths = new LinkedHashMap<>(this.bits);
    for (AdapterLayer layer : recipe.layers()) {
      for (WeightSpec weight : layer.weights()) {
        if (!(weight.method() instanceof Dense)) {
          for (String name : layer.coefficients(weight)) {
            String tensor = layer.tensor(name);
            widths.put(tensor, bits);
            rounded.put(tensor, quantizer.quantize(values.get(tensor)).dequantize());
          }
        }
      }
    }
    return new Adapter(recipe, rounded, widths);
  }

  /**
   * This as a file of a precision gives it back: with {@link Precision#F16}, all numbers that are
   * not quantised are rounded.
   *
   * @throws IllegalArgumentException if a number is beyond the range of the precision
   */
  public Adapter rounded(Precision precision) {
    if (precision == Precision.F32) {
      return this;
    }
    Map<String, float[]> rounded = new LinkedHashMap<>(values);
    rounded.replaceAll(
        (tensor, numbers) ->
            bits.containsKey(tensor) ? numbers : precision.type().rounded(tensor, numbers));
    return new Adapter(recipe, rounded, bits);
  }

  /**
   * Puts the trained numbers into a network of the same architecture, methods, seeds and frozen
   * weights; its outputs are then, bit for bit, those of the network that the adapter came from. A
   * layer with {@code coefficientBits} rounds whatever it is given: it takes coefficients that were
   * never quantised as the start of such a training.
   *
   * @throws AdapterMismatchException if the network is another one, naming the first difference;
   *     nothing is changed then
   */
  public void applyTo(MultiLayerNetwork network) {
    applyTo(NetworkLayer.of(network));
  }

  /** As {@link #applyTo(MultiLayerNetwork)}. */
  public void applyTo(ComputationGraph graph) {
    applyTo(NetworkLayer.of(graph));
  }

  private void applyTo(List<NetworkLayer> network) {
    List<NetworkLayer> named = recipe.readBy(network);
    Recipe found = Recipe.of(named);
    Comparison.check(recipe, found);
    found.parameters(named).forEach((name, array) -> Numbers.write(values.get(name), array));
  }

  /** The layers with trained parameters, their own or another layer's, in DL4J's order. */
  public List<AdapterLayer> layers() {
    return recipe.layers();
  }

  /** A hash over names, types and shapes of the network's layers, 16 hexadecimal digits. */
  public String fingerprint() {
    return recipe.network();
  }

  /**
   * The trained numbers of one parameter, row-major; a copy.
   *
   * @param layer its name in {@link #layers()}
   * @param parameter its name in {@link AdapterLayer#shapes()}
   */
  public float[] values(String layer, String parameter) {
    return values.get(tensor(layer, parameter)).clone();
  }

  /**
   * The bits that a file spends on each number of a quantised vector, 2 to 8; empty where the
   * numbers are stored as floats.
   *
   * @param layer its name in {@link #layers()}
   * @param parameter its name in {@link AdapterLayer#shapes()}
   */
  public OptionalInt bits(String layer, String parameter) {
    Integer width = bits.get(tensor(layer, parameter));
    return width == null ? OptionalInt.empty() : OptionalInt.of(width);
  }

  private AdapterLayer layer(String name) {
    AdapterLayer layer = layers.get(name);
    if (layer == null) {
      throw new IllegalArgumentException(
          "the adapter has no layer \"" + name + "\", only " + layers.keySet());
    }
    return layer;
  }

  private String tensor(String layer, String parameter) {
    String tensor = layer(layer).tensor(parameter);
    if (!values.containsKey(tensor)) {
      throw new IllegalArgumentException(
          "layer \""
              + layer
              + "\" has no parameter \""
              + parameter
              + "\", only "
              + layer(layer).shapes().keySet());
    }
    return tensor;
  }

  /**
   * A whole weight, W0 included, row-major [rows, columns]: 4 bytes an element, and rows * columns
   * * rank multiplications.
   *
   * @throws IllegalStateException if its W0 was given and is not in memory
   * @throws ArithmeticException if it would have NaN or infinity
   */
  public float[] weight(String layer, String weight) {
    AdapterLayer of = layer(layer);
    WeightSpec spec = of.weight(weight);
    Factorization factorization = spec.factorize(of.seed());
    Map<String, float[]> parameters = new LinkedHashMap<>();
    for (Factor factor : factorization.factors()) {
      String name = spec.parameterName(factor, of.weights().size());
      parameters.put(factor.parameter(), values.get(layer(of.owner()).tensor(name)));
    }
    return Numbers.requireFinite(
        factorization.weight(parameters),
        () -> "layer \"%s\", weight \"%s\"".formatted(layer, weight));
  }

  /** The numbers that the adapter holds. */
  public long size() {
    return values.values().stream().mapToLong(numbers -> numbers.length).sum();
  }

  /** The size in bytes of the file that {@link #write} makes. */
  public long bytes(Precision precision) {
    return new AdapterWriter(recipe, values, bits, precision).bytes();
  }

  /**
   * Writes a {@code .safetensors} file: first beside the target and to the disk, then renamed, so
   * that the target is either the old file or the whole new one. Equal adapters give equal bytes.
   *
   * @throws IllegalArgumentException if a number is beyond the range of {@link Precision#F16}
   */
  public void write(Path file, Precision precision) throws IOException {
    new AdapterWriter(recipe, values, bits, precision).write(file);
  }

  /**
   * Reads a file that {@link #write} made and checks everything that can be checked without a
   * network.
   *
   * @throws FileFormatException if the file is truncated, altered, of another version or no adapter
   *     at all
   * @throws IOException if it cannot be read
   */
  public static Adapter read(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return AdapterReader.read(tensors);
    }
  }

  /** Whether a file says that it is an adapter, of whatever version; nothing else is checked. */
  public static boolean isIn(SafetensorsFile file) {
    return file.metadata().containsKey(AdapterReader.FORMAT);
  }

  /** As {@link #read(Path)}, of a file in memory. */
  static Adapter read(ByteBuffer bytes, String name) {
    try (SafetensorsFile tensors = SafetensorsFile.of(bytes, name)) {
      return AdapterReader.read(tensors);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Adapter that
        && recipe.equals(that.recipe)
        && bits.equals(that.bits)
        && values.keySet().equals(that.values.keySet())
        && values.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), that.values.get(e.getKey())));
  }

  @Override
  public int hashCode() {
    int hash = recipe.hashCode();
    for (float[] numbers : values.values()) {
      hash = 31 * hash + Arrays.hashCode(numbers);
    }
    return hash;
  }

  @Override
  public String toString() {
    return "Adapter of " + recipe.layers().size() + " layers, " + size() + " numbers";
  }
}
