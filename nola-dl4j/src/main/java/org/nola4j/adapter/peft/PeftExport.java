// SPDX-License-Identifier: Apache-2.0
package org.nola4j.adapter.peft;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import org.nd4j.shade.jackson.databind.node.JsonNodeFactory;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterLayer;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.WeightShape;

/** Converts an adapter's layers to PEFT modules, and modules to a configuration and tensors. */
final class PeftExport {
  /** Names with the same meaning in PyTorch and in PEFT's patterns. */
  private static final Pattern MODULE = Pattern.compile("[\\w-]+(\\.[\\w-]+)*");

  /** The trained bias of our layers, and the parameters of DL4J's dense layers. */
  static final String BIAS = "b";

  static final String WEIGHT = "W";
  static final Set<String> DENSE_TYPES = Set.of("DenseLayer", "OutputLayer");

  /** Before the type of a layer of DL4J, once for each adapter. */
  private static final String ADAPTED = "Adapted";

  /** Reparameterized layers over a convolution's kernel. */
  static final Set<String> CONVOLUTIONS = Set.of("NolaConv", "AdaptedConvolutionLayer");

  /** Reparameterized layers over a matrix. */
  static final Set<String> DENSE_LAYERS =
      Set.of("NolaDense", "AdaptedDenseLayer", "AdaptedOutputLayer");

  /** This library's layers whose weights are linear modules elsewhere. */
  private static final Set<String> BLOCKS =
      Set.of("TransformerBlock", "LlamaBlock", "TokenPooling");

  /** A layer of several weights has one. */
  private final Set<String> warnings = new LinkedHashSet<>();

  private final Adapter adapter;
  private final Map<String, String> names;

  private PeftExport(Adapter adapter, Map<String, String> names) {
    this.adapter = adapter;
    this.names = names;
  }

  /**
   * Modules, with reasons why PEFT might not load them.
   *
   * @param warnings one line each
   */
  record Modules(List<PeftModule> modules, List<String> warnings) {}

  /** See {@link PeftAdapter#of(Adapter, Map, Set)}. */
  static Modules modules(Adapter adapter, Map<String, String> names, Set<String> leftOut) {
    PeftExport export = new PeftExport(adapter, names);
    export.checkKeys(leftOut);
    List<PeftModule> modules = new ArrayList<>();
    for (AdapterLayer layer : adapter.layers()) {
      if (leftOut.contains(layer.name())) {
        continue;
      }
      if (layer.weights().isEmpty()) {
        modules.add(export.whole(layer));
      }
      export.requireNoOthers(layer);
      for (WeightSpec weight : layer.weights()) {
        Factorization factorization = weight.factorize(layer.seed());
        if (factorization.isTrained()) { // otherwise PEFT's base model has it
          modules.add(export.lowRank(layer, weight, factorization));
        }
      }
    }
    return new Modules(PeftSlices.joined(modules), List.copyOf(export.warnings));
  }

  /** Fails for what a layer of several weights, none of them trained, trains beside them. */
  private void requireNoOthers(AdapterLayer layer) {
    if (layer.weights().size() > 1) {
      bias(layer);
    }
  }

  /** The name of a weight in the map of module names. */
  static String key(String layer, WeightSpec weight, int weights) {
    return weights == 1 ? layer : layer + "." + weight.name();
  }

  private void checkKeys(Set<String> leftOut) {
    Set<String> layers = new LinkedHashSet<>();
    Set<String> keys = new LinkedHashSet<>();
    for (AdapterLayer layer : adapter.layers()) {
      layers.add(layer.name());
      int weights = layer.weights().size();
      layer.weights().forEach(weight -> keys.add(key(layer.name(), weight, weights)));
      if (weights == 0) {
        keys.add(layer.name());
      }
    }
    checkKnown("layers to name", names.keySet(), keys);
    checkKnown("layers to leave out", leftOut, layers);
  }

  static void checkKnown(String what, Set<String> found, Set<String> known) {
    if (!known.containsAll(found)) {
      Set<String> unknown = new LinkedHashSet<>(found);
      unknown.removeAll(known);
      throw new IllegalArgumentException(
          "%s: there is no %s, only %s".formatted(what, unknown, known));
    }
  }

  private PeftModule.LowRank lowRank(
      AdapterLayer layer, WeightSpec weight, Factorization factorization) {
    if (layer.type().startsWith(ADAPTED + ADAPTED)) {
      warnings.add(
          "layer \"%s\" has another adapter below this one: the module is what this one adds, for a base model that the other one is merged into"
              .formatted(layer.name()));
    }
    String key = key(layer.name(), weight, layer.weights().size());
    if (!factorization.isLowRank()) {
      throw refused(
          layer,
          "%s has no two factors".formatted(weight.method().method()),
          "train NOLA or LoRA for PEFT");
    }
    List<Integer> kernel = kernel(layer, weight.shape());
    float[] a = expanded(layer, weight, factorization.factors().get(0));
    float[] b = expanded(layer, weight, factorization.factors().get(1));
    int rank = factorization.rank();
    String name = names.getOrDefault(key, key);
    if (kernel.isEmpty()) {
      return new PeftModule.LowRank(
          name,
          rank,
          factorization.c(),
          kernel,
          transposed(a, rank),
          transposed(b, weight.shape().columns()),
          bias(layer));
    }
    PeftKernel factors = PeftKernel.of(a, b, rank, kernel, rows(layer, weight.shape(), kernel));
    return new PeftModule.LowRank(
        name,
        rank * factors.rows(),
        factorization.c() * factors.rows(),
        kernel,
        factors.loraA(),
        factors.loraB(),
        bias(layer));
  }

  /** Rows of the matrix per output channel: 1, or one for each row of the kernel. */
  private static int rows(AdapterLayer layer, WeightShape shape, List<Integer> kernel) {
    int outputs = shape.elements() / shape.fanIn();
    for (int rows : new int[] {1, kernel.get(0)}) {
      if (shape.rows() == outputs * rows) {
        return rows;
      }
    }
    throw refused(
        layer,
        "its kernel of "
            + kernel
            + " is adapted as a matrix of "
            + shape
            + ", which PEFT's two convolutions cannot express",
        "adapt kernels as KernelView.OUT_BY_IN");
  }

  /** Of a convolution; empty for a linear module. A convolution's rows are its outputs. */
  private List<Integer> kernel(AdapterLayer layer, WeightShape shape) {
    if (!layer.kernel().isEmpty()) {
      return layer.kernel();
    }
    String type = type(layer.type());
    if (!CONVOLUTIONS.contains(type)) {
      if (!DENSE_LAYERS.contains(type) && !BLOCKS.contains(type)) {
        warnings.add(
            "layer \"%s\" is a %s: PEFT loads its module only into a torch.nn.Linear or a torch.nn.Conv2d of 1 x 1 with as many inputs and outputs"
                .formatted(layer.name(), layer.type()));
      }
      if (shape.rows() == shape.fanIn()) {
        return List.of();
      }
      if (DENSE_LAYERS.contains(type)) {
        throw refused(
            layer, "its bias is folded into the weight", "train with a free bias or without one");
      }
      if (shape.columns() != shape.fanIn()) {
        throw refused(
            layer,
            "PEFT has nothing like the weight of a " + type,
            "adapt dense layers or ordinary convolutions for PEFT");
      }
    }
    if (shape.columns() != shape.fanIn()) {
      throw refused(
          layer,
          "the file does not say how large the kernel is that is adapted as a matrix of " + shape,
          "write the adapter again from its network");
    }
    warnings.add(
        "layer \"%s\": the file does not say how large its kernel is, taken for 1 x 1; PEFT loads no other"
            .formatted(layer.name()));
    return List.of(1, 1);
  }

  /** The layer's type, whether it had adapters before this one or not. */
  static String type(String type) {
    return type.startsWith(ADAPTED + ADAPTED) ? type(type.substring(ADAPTED.length())) : type;
  }

  private float[] expanded(AdapterLayer layer, WeightSpec weight, Factor factor) {
    String parameter = weight.parameterName(factor, layer.weights().size());
    float[] elements = new float[factor.elements()];
    factor.expand(adapter.values(layer.owner(), parameter), elements);
    return elements;
  }

  /** The trained bias of a layer with one weight; null for none. */
  private float[] bias(AdapterLayer layer) {
    Set<String> direct = layer.direct();
    if (direct.isEmpty()) {
      return null;
    }
    if (!direct.equals(Set.of(BIAS)) || layer.weights().size() != 1) {
      throw refused(
          layer, "it trains " + direct + " directly", "PEFT allows only one bias per weight");
    }
    return adapter.values(layer.name(), BIAS);
  }

  private PeftModule.Whole whole(AdapterLayer layer) {
    Set<String> parameters = layer.shapes().keySet();
    boolean biased = parameters.equals(Set.of(WEIGHT, BIAS));
    if (!DENSE_TYPES.contains(layer.type()) || (!biased && !parameters.equals(Set.of(WEIGHT)))) {
      throw refused(
          layer,
          layer.type() + " is trained directly",
          "of ordinary layers only DenseLayer and OutputLayer have a counterpart");
    }
    int inputs = layer.shapes().get(WEIGHT).get(0).intValue();
    int outputs = layer.shapes().get(WEIGHT).get(1).intValue();
    return new PeftModule.Whole(
        names.getOrDefault(layer.name(), layer.name()),
        inputs,
        transposed(adapter.values(layer.name(), WEIGHT), outputs),
        biased ? adapter.values(layer.name(), BIAS) : null);
  }

  private static IllegalArgumentException refused(
      AdapterLayer layer, String reason, String remedy) {
    return new IllegalArgumentException(
        "layer \"%s\" cannot be exported to PEFT: %s; %s, or leave the layer out"
            .formatted(layer.name(), reason, remedy));
  }

  /** The transpose of a row-major matrix with this many columns. */
  static float[] transposed(float[] matrix, int columns) {
    int rows = matrix.length / columns;
    float[] transposed = new float[matrix.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = matrix[row * columns + column];
      }
    }
    return transposed;
  }

  /**
   * Checks that PEFT finds every module, and by its own rank and alpha: it looks them up by the
   * ends of names.
   */
  static void checkNames(List<PeftModule> modules) {
    Set<String> seen = new LinkedHashSet<>();
    for (PeftModule module : modules) {
      if (!MODULE.matcher(module.name()).matches() || !seen.add(module.name())) {
        throw new IllegalArgumentException(
            "module names must be different and of letters, digits, '_' and '-' between dots, but"
                + " one is \"%s\": name the layer otherwise".formatted(module.name()));
      }
    }
    PeftConfig config = config(null, modules, JsonNodeFactory.instance.objectNode());
    for (PeftModule module : modules) {
      if (module instanceof PeftModule.LowRank lowRank && !isFound(config, lowRank)) {
        throw new IllegalArgumentException(
            "PEFT would take module \"%s\" for another one of %s: name the layers otherwise"
                .formatted(module.name(), seen));
      }
    }
  }

  private static boolean isFound(PeftConfig config, PeftModule.LowRank module) {
    String name = "." + module.name() + ".";
    return config.saved().stream().noneMatch(saved -> name.contains("." + saved + "."))
        && !config.isSaved(module.name())
        && config.rank(module.name()) == module.rank()
        && config.alpha(module.name()) == module.c();
  }

  /** The first module's rank and alpha are the defaults for all modules without a pattern. */
  static PeftConfig config(String baseModel, List<PeftModule> modules, ObjectNode others) {
    List<PeftModule.LowRank> lowRank =
        modules.stream()
            .filter(PeftModule.LowRank.class::isInstance)
            .map(PeftModule.LowRank.class::cast)
            .toList();
    if (lowRank.isEmpty()) {
      throw new IllegalArgumentException(
          "a PEFT LoRA adapter needs at least one module with two factors, but there is none");
    }
    Map<String, Integer> ranks = new LinkedHashMap<>();
    exceptions(lowRank, PeftModule.LowRank::rank)
        .forEach((name, rank) -> ranks.put(name, rank.intValue()));
    return new PeftConfig(
        baseModel,
        lowRank.get(0).rank(),
        lowRank.get(0).c(),
        new PeftPatterns<>(ranks),
        new PeftPatterns<>(exceptions(lowRank, PeftModule.LowRank::c)),
        false,
        lowRank.stream().anyMatch(module -> module.bias() != null),
        lowRank.stream().map(PeftModule::name).toList(),
        modules.stream().filter(PeftModule.Whole.class::isInstance).map(PeftModule::name).toList(),
        others);
  }

  /**
   * Modules whose value differs from the first one's, long names first since the first match wins.
   */
  private static Map<String, Double> exceptions(
      List<PeftModule.LowRank> modules, ToDoubleFunction<PeftModule.LowRank> value) {
    double usual = value.applyAsDouble(modules.get(0));
    Map<String, Double> exceptions = new LinkedHashMap<>();
    modules.stream()
        .filter(module -> value.applyAsDouble(module) != usual)
        .sorted(Comparator.comparingInt(module -> -module.name().length()))
        .forEach(module -> exceptions.put(module.name(), value.applyAsDouble(module)));
    return exceptions;
  }

  /** A tensor of the file. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Tensor(String name, List<Long> shape, float[] numbers) {}

  static List<Tensor> tensors(List<PeftModule> modules) {
    List<Tensor> tensors = new ArrayList<>();
    for (PeftModule module : modules) {
      long inputs = module.inputs();
      long outputs = module.outputs();
      PeftReader.Part bias = PeftReader.Part.BIAS;
      if (module instanceof PeftModule.LowRank lowRank) {
        bias = PeftReader.Part.LORA_BIAS;
        long rank = lowRank.rank();
        List<Integer> kernel = lowRank.kernel();
        List<Integer> point = kernel.stream().map(size -> 1).toList();
        tensors.add(
            tensor(module, PeftReader.Part.LORA_A, lowRank.loraA(), shape(rank, inputs, kernel)));
        tensors.add(
            tensor(module, PeftReader.Part.LORA_B, lowRank.loraB(), shape(outputs, rank, point)));
      } else if (module instanceof PeftModule.Whole whole) {
        tensors.add(
            tensor(
                module, PeftReader.Part.WEIGHT, whole.weight(), shape(outputs, inputs, List.of())));
      }
      if (module.bias() != null) {
        tensors.add(tensor(module, bias, module.bias(), List.of(outputs)));
      }
    }
    return tensors;
  }

  private static List<Long> shape(long outputs, long inputs, List<Integer> kernel) {
    List<Long> shape = new ArrayList<>(List.of(outputs, inputs));
    kernel.forEach(size -> shape.add(size.longValue()));
    return shape;
  }

  private static Tensor tensor(
      PeftModule module, PeftReader.Part part, float[] numbers, List<Long> shape) {
    return new Tensor(part.tensor(module.name()), shape, numbers);
  }
}
