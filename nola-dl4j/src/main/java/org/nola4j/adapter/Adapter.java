package org.nola4j.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.dl4j.NetworkLayer;
import org.nola4j.dl4j.WeightSpec;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;

/**
 * Everything that a network trained beyond its seed and frozen weights: for a reparameterized layer
 * the recipe of its weights, their coefficients and its biases, for an ordinary layer all its
 * parameters, batch-norm statistics among them. Coefficients that layers share are held once.
 * Layers that DL4J holds frozen are left out.
 *
 * <p>Immutable. Memory: 4 bytes a number; a file takes 4 or 2 bytes a number and about a kilobyte.
 * Numbers are float32, so those of a network in double precision are rounded.
 */
public final class Adapter {
  private final Recipe recipe;

  /** By tensor name, in the order of the file. */
  private final Map<String, float[]> values;

  private Adapter(Recipe recipe, Map<String, float[]> values) {
    this.recipe = recipe;
    this.values = values;
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

  private static Adapter of(List<NetworkLayer> network) {
    Recipe recipe = Recipe.of(network);
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
    return new Adapter(recipe, values);
  }

  /**
   * Puts the trained numbers into a network of the same architecture, methods, seeds and frozen
   * weights; its outputs are then, bit for bit, those of the network that the adapter came from.
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
    Recipe found = Recipe.of(network);
    Comparison.check(recipe, found);
    found.parameters(network).forEach((name, array) -> Numbers.write(values.get(name), array));
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
    float[] numbers = values.get(recipe.layer(layer).tensor(parameter));
    if (numbers == null) {
      throw new IllegalArgumentException(
          "layer \""
              + layer
              + "\" has no parameter \""
              + parameter
              + "\", only "
              + recipe.layer(layer).shapes().keySet());
    }
    return numbers.clone();
  }

  /**
   * A whole weight, W0 included, row-major [rows, columns]: 4 bytes an element, and rows * columns
   * * rank multiplications.
   *
   * @throws IllegalStateException if its W0 was given and is not in memory
   */
  public float[] weight(String layer, String weight) {
    AdapterLayer of = recipe.layer(layer);
    WeightSpec spec = of.weight(weight);
    Factorization factorization = spec.factorize(of.seed());
    Map<String, float[]> parameters = new LinkedHashMap<>();
    for (Factor factor : factorization.factors()) {
      String name = spec.parameterName(factor, of.weights().size());
      parameters.put(factor.parameter(), values.get(recipe.layer(of.owner()).tensor(name)));
    }
    return factorization.weight(parameters);
  }

  /** The numbers that the adapter holds. */
  public long size() {
    return values.values().stream().mapToLong(numbers -> numbers.length).sum();
  }

  /** The size in bytes of the file that {@link #write} makes. */
  public long bytes(Precision precision) {
    return new AdapterWriter(recipe, values, precision).bytes();
  }

  /**
   * Writes a {@code .safetensors} file: first beside the target and to the disk, then renamed, so
   * that the target is either the old file or the whole new one. Equal adapters give equal bytes.
   *
   * @throws IllegalArgumentException if a number is beyond the range of {@link Precision#F16}
   */
  public void write(Path file, Precision precision) throws IOException {
    new AdapterWriter(recipe, values, precision).write(file);
  }

  /**
   * Reads a file that {@link #write} made and checks everything that can be checked without a
   * network.
   *
   * @throws AdapterFormatException if the file is truncated, altered, of another version or no
   *     adapter at all
   * @throws IOException if it cannot be read
   */
  public static Adapter read(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return read(tensors);
    }
  }

  /** As {@link #read(Path)}, of a file in memory. */
  static Adapter read(ByteBuffer bytes, String name) {
    try (SafetensorsFile tensors = SafetensorsFile.of(bytes, name)) {
      return read(tensors);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
  }

  private static Adapter read(SafetensorsFile file) throws IOException {
    Recipe recipe = AdapterReader.recipe(file);
    return new Adapter(recipe, AdapterReader.values(file, recipe));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Adapter that
        && recipe.equals(that.recipe)
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
