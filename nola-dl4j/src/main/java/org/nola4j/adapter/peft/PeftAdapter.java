// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.shade.jackson.core.util.DefaultIndenter;
import org.nd4j.shade.jackson.core.util.DefaultPrettyPrinter;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.internal.io.AtomicFile;
import org.nola4j.internal.io.StrictJson;
import org.nola4j.io.FileFormatException;
import org.nola4j.network.NetworkLayer;
import org.nola4j.safetensors.SafetensorsFile;
import org.nola4j.safetensors.SafetensorsWriter;
import org.nola4j.safetensors.TensorType;

/**
 * An adapter as Hugging Face's PEFT library stores LoRA: a folder with {@value #CONFIG} and {@value
 * #TENSORS}, which holds A and B of every adapted module. Other tools can serve what was trained
 * here, and layers here can continue training what was trained there.
 *
 * <p>PEFT adds {@code delta = (lora_alpha / r) B A} to a module's weight [outputs, inputs]; that is
 * the transpose of {@code W - W0 = (c / r) A B} of a dense layer here, and {@code W - W0} itself of
 * a two-dimensional convolution, where A is a kernel of the module's size and B one of 1 x 1. W0 is
 * the base model's and in neither file. NOLA's factors are written expanded, so such a file takes r
 * (inputs + outputs) numbers per module instead of k + l.
 *
 * <p>Biases of low-rank modules are trained biases in PEFT too (bias "lora_only"), and ordinary
 * dense and output layers are its modules_to_save. Anything else in PEFT, such as DoRA, is refused,
 * and so are adapters that plain LoRA cannot express.
 *
 * <p>Immutable. Memory: 4 bytes per number.
 */
public final class PeftAdapter {
  /** The name of the file with the configuration. */
  public static final String CONFIG = "adapter_config.json";

  /** The name of the file with the numbers. */
  public static final String TENSORS = "adapter_model.safetensors";

  /** The file that older releases of PEFT write instead. */
  private static final String PICKLE = "adapter_model.bin";

  private static final long LONGEST_CONFIG = 1 << 20;

  private final String baseModel;
  private final List<PeftModule> modules;

  private final List<String> warnings;

  /** Fields of the configuration that nothing here depends on, as they were read; never changed. */
  private final ObjectNode otherFields;

  private PeftAdapter(
      String baseModel, List<PeftModule> modules, List<String> warnings, ObjectNode otherFields) {
    this.baseModel = baseModel;
    this.modules = List.copyOf(modules);
    this.warnings = List.copyOf(warnings);
    this.otherFields = otherFields;
  }

  private static ObjectNode none() {
    return JsonNodeFactory.instance.objectNode();
  }

  /**
   * An adapter of these modules.
   *
   * @throws IllegalArgumentException if PEFT could not distinguish them by name
   */
  public static PeftAdapter of(List<PeftModule> modules) {
    PeftExport.checkNames(modules);
    return new PeftAdapter(null, modules, List.of(), none());
  }

  /** Everything in an adapter, under the names of its layers. */
  public static PeftAdapter of(Adapter adapter) {
    return of(adapter, Map.of(), Set.of());
  }

  /**
   * Converts an adapter to modules of another model.
   *
   * <p>A kernel that is adapted as (out * height) x (in * width) takes {@code height} times its
   * rank in PEFT, whose second convolution has no height; the change of the weight is the same.
   * Adapters of earlier releases do not say how large a kernel is: only kernels that may be 1 x 1
   * are exported from these, with a {@linkplain #warnings warning}.
   *
   * @param names the path of a module in the base model by the name of the layer, or {@code
   *     layer.weight} where a layer has several weights; layers not in the map keep their names. A
   *     path that ends in {@code [i/n]} is the i-th of n equal parts of a module's outputs, from 0:
   *     such parts become one module of their ranks in sum
   * @param leftOut names of layers that are not exported
   * @throws IllegalArgumentException if something in the adapter cannot be exported: a method
   *     without two factors, a bias folded into the weight, a kernel as another matrix, an ordinary
   *     layer other than a dense or output layer; or if names do not fit
   */
  public static PeftAdapter of(Adapter adapter, Map<String, String> names, Set<String> leftOut) {
    PeftExport.Modules exported = PeftExport.modules(adapter, names, leftOut);
    PeftExport.checkNames(exported.modules());
    return new PeftAdapter(null, exported.modules(), exported.warnings(), none());
  }

  /** Returns a copy with the name or path of the base model, which PEFT loads; null for none. */
  public PeftAdapter withBaseModel(String baseModel) {
    return new PeftAdapter(baseModel, modules, warnings, otherFields);
  }

  /**
   * Returns a copy for modules that store their weight as [inputs, outputs], as the {@code Conv1D}
   * of transformers' GPT-2 does: PEFT's {@code fan_in_fan_out}.
   */
  public PeftAdapter withFanInFanOut() {
    ObjectNode others = otherFields.deepCopy();
    others.put("fan_in_fan_out", true);
    return new PeftAdapter(baseModel, modules, warnings, others);
  }

  /** The name or path of the base model; null where none is known. */
  public String baseModel() {
    return baseModel;
  }

  /**
   * Reasons why PEFT might not load the export, one line each; empty for adapters that were read.
   */
  public List<String> warnings() {
    return warnings;
  }

  /** The modules, in the order of the file. */
  public List<PeftModule> modules() {
    return modules;
  }

  /**
   * Reads an adapter and checks that it is plain LoRA.
   *
   * @param path the folder, or its file with the numbers, which may have another name
   * @throws FileFormatException if a file is damaged, or something in it is not supported
   * @throws IOException if a file cannot be read
   */
  public static PeftAdapter read(Path path) throws IOException {
    Path file = Files.isDirectory(path) ? path.resolve(TENSORS) : path;
    Path config = file.resolveSibling(CONFIG);
    if (!Files.exists(file) && Files.exists(file.resolveSibling(PICKLE))) {
      throw new FileFormatException(
          path.toString(), TENSORS, PICKLE, "a pickle may run any code: save it as safetensors");
    }
    if (Files.size(config) > LONGEST_CONFIG) {
      throw new FileFormatException(
          config.toString(),
          "at most " + LONGEST_CONFIG + " bytes",
          String.valueOf(Files.size(config)),
          PeftConfig.REMEDY);
    }
    ByteBuffer json = ByteBuffer.wrap(Files.readAllBytes(config));
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return read(json, config.toString(), tensors);
    }
  }

  /** As {@link #read(Path)}, of files in memory. */
  static PeftAdapter read(ByteBuffer json, ByteBuffer tensors, String name) {
    try (SafetensorsFile file = SafetensorsFile.of(tensors, name)) {
      return read(json, name, file);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
  }

  private static PeftAdapter read(ByteBuffer json, String name, SafetensorsFile tensors)
      throws IOException {
    String text = StrictJson.decode(json, name, "the PEFT configuration");
    PeftConfig config = PeftConfig.parse(text, name);
    return new PeftAdapter(
        config.baseModel(), PeftReader.read(tensors, config), List.of(), config.others());
  }

  /**
   * Writes both files into a folder, created if necessary; each write is atomic. Numbers are
   * float32, so nothing is rounded. Fields of a configuration that was read, unknown ones included,
   * are written as they were.
   */
  public void write(Path folder) throws IOException {
    PeftExport.checkNames(modules);
    Files.createDirectories(folder);
    SafetensorsWriter tensors = new SafetensorsWriter();
    for (PeftExport.Tensor tensor : PeftExport.tensors(modules)) {
      tensors.floats(tensor.name(), TensorType.F32, tensor.shape(), tensor::numbers);
    }
    tensors.write(folder.resolve(TENSORS), Map.of("format", "pt"));
    ByteBuffer json = StandardCharsets.UTF_8.encode(json());
    AtomicFile.write(folder.resolve(CONFIG), sink -> sink.write(json));
  }

  private String json() throws IOException {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    return new ObjectMapper()
            .writer(printer)
            .writeValueAsString(PeftExport.config(baseModel, modules, otherFields).json())
        + "\n";
  }

  /** As {@link #applyTo(MultiLayerNetwork, Map)}, for layers with the modules' names. */
  public void applyTo(MultiLayerNetwork network) {
    applyTo(network, Map.of());
  }

  /** As {@link #applyTo(MultiLayerNetwork)}. */
  public void applyTo(ComputationGraph graph) {
    applyTo(graph, Map.of());
  }

  /**
   * Puts the numbers into a network's layers: low-rank modules into layers with the method {@link
   * org.nola4j.reparameterization.Lora} of the same shape, rank and scale ({@link
   * PeftModule.LowRank#method} gives it), whole ones into ordinary dense and output layers. Every
   * module needs a layer and every LoRA layer a module; W0 and everything else stay as they are.
   *
   * @param names the path of a module by the name of the layer, as in {@link #of(Adapter, Map,
   *     Set)}
   * @throws AdapterMismatchException if something does not fit, naming it; nothing is changed
   */
  public void applyTo(MultiLayerNetwork network, Map<String, String> names) {
    PeftImport.apply(modules, NetworkLayer.of(network), names);
  }

  /** As {@link #applyTo(MultiLayerNetwork, Map)}. */
  public void applyTo(ComputationGraph graph, Map<String, String> names) {
    PeftImport.apply(modules, NetworkLayer.of(graph), names);
  }

  @Override
  public String toString() {
    return "PeftAdapter of " + modules.size() + " modules";
  }
}
