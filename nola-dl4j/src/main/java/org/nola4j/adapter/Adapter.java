// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.arrays.FloatArrays;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.io.FileFormatException;
import org.nola4j.network.NetworkLayer;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.safetensors.SafetensorsFile;

/**
 * Everything that a network trained beyond its seed and frozen weights: for a reparameterized layer
 * the recipe of its weights, their coefficients and its biases, for an ordinary layer all its
 * parameters, including batch-norm statistics. Shared coefficients are held once. Layers that DL4J
 * holds frozen are left out.
 *
 * <p>Coefficients may be {@linkplain #quantized quantized}: then the numbers here are those that
 * the quantized file gives back, so that you evaluate what you store. Of a layer with {@code
 * coefficientBits} the adapter has the rounded coefficients that the layer computes with, quantized
 * to that many bits; the unrounded ones, from which training continues, are DL4J's parameters.
 *
 * <p>Immutable. Memory: 4 bytes per number; a file takes 4 or 2 bytes per number, a few bits where
 * it is quantized, and about a kilobyte. Numbers are float32, so those of a network in double
 * precision are rounded.
 */
public final class Adapter {
  private final Recipe recipe;

  /** The recipe's layers by name. */
  private final Map<String, AdapterLayer> layers = new LinkedHashMap<>();

  /** By tensor name. */
  private final Map<String, float[]> values;

  /** Of quantized vectors, by tensor name; their values are fixed points of quantization. */
  private final Map<String, Integer> bits;

  private final SortedMap<String, String> notes;

  Adapter(
      Recipe recipe,
      Map<String, float[]> values,
      Map<String, Integer> bits,
      SortedMap<String, String> notes) {
    this.recipe = recipe;
    recipe.layers().forEach(layer -> layers.put(layer.name(), layer));
    this.values = values;
    this.bits = bits;
    this.notes = notes;
  }

  /** Without its numbers. */
  Recipe recipe() {
    return recipe;
  }

  /**
   * Copies what an initialized network has trained.
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

  /** As {@link #of(MultiLayerNetwork)}, of all layers of an initialized network. */
  public static Adapter of(List<NetworkLayer> network) {
    Recipe recipe = Recipe.of(network);
    Map<String, Integer> bits = recipe.coefficientBits(network);
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Map.Entry<String, INDArray> parameter : recipe.parameters(network).entrySet()) {
      float[] numbers = FloatArrays.read(parameter.getValue());
      int bad = FloatArrays.firstNotFinite(numbers);
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
    return new Adapter(recipe, values, bits, Collections.emptySortedMap());
  }

  /**
   * The size in bytes of the file of what an initialized network has trained: that of {@code
   * of(network).bytes(precision)}, without a copy of the numbers, whatever they are, except of
   * layers with coefficientBits.
   */
  public static long bytes(ComputationGraph graph, Precision precision) {
    List<NetworkLayer> network = NetworkLayer.of(graph);
    Recipe recipe = Recipe.of(network);
    Map<String, Integer> bits = recipe.coefficientBits(network);
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, INDArray> parameters = recipe.parameters(network);
    bits.keySet().forEach(name -> values.put(name, FloatArrays.read(parameters.get(name))));
    return new AdapterWriter(recipe, values, bits, Map.of(), precision).bytes();
  }

  private static void round(float[] numbers, int bits) {
    new Quantizer(bits).round(numbers, numbers);
  }

  /**
   * Returns a copy whose coefficients take few bits: quantization after training (NOLA, ICLR 2024,
   * section 3.2 and table 4), one scale per vector, as {@link Quantizer} defines it.
   *
   * <p>Quantized are the vectors that reparameterized weights arise from: alpha and beta, LoRA's A
   * and B, HashedNet's w. Everything else stays as floats: biases, batch-norm numbers, ordinary
   * layers, and weights of the dense method, which have no coefficients.
   *
   * @param bits 2 to 8 per number
   */
  public Adapter quantized(int bits) {
    Quantizer quantizer = new Quantizer(bits);
    Map<String, float[]> rounded = new LinkedHashMap<>(values);
    Map<String, Integer> widths = new LinkedHashMap<>(this.bits);
    for (AdapterLayer layer : recipe.layers()) {
      for (WeightSpec weight : layer.weights()) {
        if (!weight.factorize(layer.seed()).isElementwise()) {
          for (String name : layer.coefficients(weight)) {
            String tensor = layer.tensor(name);
            widths.put(tensor, bits);
            rounded.put(tensor, quantizer.quantize(values.get(tensor)).dequantize());
          }
        }
      }
    }
    return new Adapter(recipe, rounded, widths, notes);
  }

  /**
   * Returns this adapter as a file of the given precision gives it back: with {@link
   * Precision#F16}, all numbers that are not quantized are rounded.
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
    return new Adapter(recipe, rounded, bits, notes);
  }

  /**
   * Returns a copy with these notes in place of its own, for instance {@code task}, {@code base}
   * and {@code language}. They are stored in the file, are shown by every tool that lists its
   * metadata, and have no other effect.
   *
   * @param notes at most 64 texts of at most 4,096 characters, by names of at most 64 letters,
   *     digits, dots, hyphens and underscores
   * @throws IllegalArgumentException beyond these limits
   */
  public Adapter withNotes(Map<String, String> notes) {
    return new Adapter(recipe, values, bits, Notes.of(notes));
  }

  /**
   * Fails for what {@link #withNotes} would not take.
   *
   * @throws IllegalArgumentException as {@link #withNotes}
   */
  public static void checkNotes(Map<String, String> notes) {
    Notes.of(notes);
  }

  /** The notes, sorted by name. */
  public SortedMap<String, String> notes() {
    return notes;
  }

  /**
   * Returns a copy with all changes of weights multiplied: {@code W = W0 + factor * (W - W0)}, up
   * to rounding, and exactly for powers of two. Only the numbers differ, so it fits wherever this
   * one does.
   *
   * <p>What was trained directly (biases, heads, batch norms) stays as it is: it is not a change
   * relative to a W0. Quantized vectors stay so; numbers of layers with {@code coefficientBits} are
   * rounded again.
   *
   * @param factor any finite number; with 0 all weights are their W0
   * @throws IllegalArgumentException if the factor or a product is not finite, or no weight has a
   *     W0
   */
  public Adapter scaled(double factor) {
    if (!Double.isFinite(factor)) {
      throw new IllegalArgumentException("an adapter's factor must be finite, but is " + factor);
    }
    Map<String, float[]> scaled = new LinkedHashMap<>(values);
    boolean any = false;
    for (AdapterLayer layer : recipe.layers()) {
      for (WeightSpec weight : layer.weights()) {
        if (!(weight.method().w0() instanceof FrozenWeight.None)) {
          any = true;
          List<String> vectors = List.copyOf(layer.coefficients(weight));
          if (!vectors.isEmpty()) { // the weight is linear in each of its vectors
            String tensor = layer.tensor(vectors.get(vectors.size() - 1));
            scaled.put(tensor, scaled(tensor, factor));
          }
        }
      }
    }
    if (!any) {
      throw new IllegalArgumentException(
          "the adapter has no weight on a W0, so there is no change to multiply");
    }
    return new Adapter(recipe, scaled, bits, notes);
  }

  private float[] scaled(String tensor, double factor) {
    float[] numbers = values.get(tensor).clone();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (factor * numbers[i]);
    }
    int bad = FloatArrays.firstNotFinite(numbers);
    if (bad >= 0) {
      throw new IllegalArgumentException(
          "times %s, \"%s\" has %s at %d: the factor is too large"
              .formatted(factor, tensor, numbers[bad], bad));
    }
    if (bits.containsKey(tensor)) {
      round(numbers, bits.get(tensor));
    }
    return numbers;
  }

  /**
   * Several adapters over one trained network as one: {@code W = W0 + t1 (W1 - W0) + t2 (W2 - W0) +
   * ...}, whatever their methods, seeds and ranks.
   *
   * <p>Low-rank adapters of ranks r1, r2, ... give a LoRA adapter of rank r1 + r2 + ..., factors
   * side by side: {@code (r1 + r2 + ...) (m + n)} numbers per weight, exact up to one rounding of
   * each number. Adapters that differ in their numbers only and are linear in them (PRANC,
   * HashedNet, dense) keep their method. Everything else, and a rank so high that factors would not
   * be smaller, gives the sum of the changes themselves: m n numbers. Nothing of the sum is
   * quantized, and it has no notes.
   *
   * <p>What was trained directly (biases, heads, batch norms) is averaged with the same weights,
   * which then have to add up to 1, unless it is equal in all of them.
   *
   * <p>The sum is an adapter like any other: {@code Adapters.wrap(trained, sum)}, files, PEFT. It
   * fits only networks made for it: its methods differ from those of its parts.
   *
   * @param adapters over the same layers of the same network
   * @param weights t, one for each adapter; any finite numbers
   * @throws AdapterMismatchException if the adapters are over different layers or networks
   * @throws IllegalArgumentException if weights are missing or not finite, a weight has no W0, or
   *     what was trained directly would have to be averaged by weights that do not add up to 1
   */
  public static Adapter sum(List<Adapter> adapters, double... weights) {
    return WeightedSum.of(adapters, weights);
  }

  /**
   * Puts the trained numbers into a network of the same architecture, methods, seeds and frozen
   * weights; its outputs are then, bit for bit, those of the network that the adapter came from. A
   * layer with {@code coefficientBits} rounds whatever it is given: it takes coefficients that were
   * never quantized as the starting point of such training.
   *
   * @throws AdapterMismatchException if the network does not match, naming the first difference;
   *     nothing is changed
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
    CompatibilityCheck.check(recipe, found.hashedAs(recipe, named));
    found.parameters(named).forEach((name, array) -> FloatArrays.write(values.get(name), array));
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
   * The bits that a file spends on each number of a quantized vector, 2 to 8; empty where the
   * numbers are stored as floats.
   *
   * @param layer its name in {@link #layers()}
   * @param parameter its name in {@link AdapterLayer#shapes()}
   */
  public OptionalInt bits(String layer, String parameter) {
    Integer width = bits.get(tensor(layer, parameter));
    return width == null ? OptionalInt.empty() : OptionalInt.of(width);
  }

  AdapterLayer layer(String name) {
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
   * A whole weight, W0 included, row-major [rows, columns]: 4 bytes per element, and rows * columns
   * * rank multiplications.
   *
   * @throws IllegalStateException if its W0 was given and is not in memory
   * @throws ArithmeticException if it would have NaN or infinity
   */
  public float[] weight(String layer, String weight) {
    AdapterLayer of = layer(layer);
    return weight(of, of.weight(weight));
  }

  /**
   * What the adapter adds to a weight, {@code W - W0} without the rounding of that difference,
   * row-major [rows, columns]: 4 bytes per element, and rows * columns * rank multiplications. W0
   * need not be in memory.
   *
   * @throws IllegalArgumentException if the weight has no W0
   */
  public float[] delta(String layer, String weight) {
    AdapterLayer of = layer(layer);
    WeightSpec spec = of.weight(weight);
    if (spec.method().w0() instanceof FrozenWeight.None) {
      throw new IllegalArgumentException(
          "weight \"%s\" of layer \"%s\" has no W0: it is trained itself, see weight"
              .formatted(weight, layer));
    }
    if (!spec.factorize(of.seed()).isTrained()) {
      return new float[spec.shape().elements()];
    }
    Reparameterization change = spec.method().withW0(FrozenWeight.none());
    return weight(of, new WeightSpec(weight, spec.shape(), change));
  }

  private float[] weight(AdapterLayer of, WeightSpec spec) {
    Factorization factorization = spec.factorize(of.seed());
    Map<String, float[]> parameters = new LinkedHashMap<>();
    for (Factor factor : factorization.factors()) {
      String name = spec.parameterName(factor, of.weights().size());
      parameters.put(factor.parameter(), values.get(layer(of.owner()).tensor(name)));
    }
    return FloatArrays.requireFinite(
        factorization.weight(parameters),
        () -> "layer \"%s\", weight \"%s\"".formatted(of.name(), spec.name()));
  }

  /** The numbers that the adapter holds. */
  public long size() {
    return values.values().stream().mapToLong(numbers -> numbers.length).sum();
  }

  /** The size in bytes of the file that {@link #write} makes. */
  public long bytes(Precision precision) {
    return new AdapterWriter(recipe, values, bits, notes, precision).bytes();
  }

  /**
   * Writes a {@code .safetensors} file: first to a temporary file beside the target, then renamed,
   * so that the target is either the old file or the whole new one. Equal adapters give equal
   * bytes.
   *
   * @throws IllegalArgumentException if a number is beyond the range of {@link Precision#F16}
   */
  public void write(Path file, Precision precision) throws IOException {
    new AdapterWriter(recipe, values, bits, notes, precision).write(file);
  }

  /**
   * Reads a file that {@link #write} made and checks everything that can be checked without a
   * network.
   *
   * @throws FileFormatException if the file is truncated, altered, of another version or not an
   *     adapter
   * @throws IOException if it cannot be read
   */
  public static Adapter read(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return AdapterReader.read(tensors);
    }
  }

  /** Whether a file claims to be an adapter of any version; nothing else is checked. */
  public static boolean isIn(SafetensorsFile file) {
    return file.metadata().containsKey(AdapterFormat.FORMAT);
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
        && notes.equals(that.notes)
        && values.keySet().equals(that.values.keySet())
        && values.entrySet().stream()
            .allMatch(e -> Arrays.equals(e.getValue(), that.values.get(e.getKey())));
  }

  @Override
  public int hashCode() {
    int hash = 31 * recipe.hashCode() + notes.hashCode();
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
