// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nola4j.basis.Seeds;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;

/**
 * The behavior toward DL4J that all {@link ReparameterizedLayer}s share, whichever class they
 * extend.
 */
final class LayerContract {
  private LayerContract() {}

  /** A copy, since updaters are changed in training and belong to one layer. */
  static IUpdater own(IUpdater updater) {
    return updater == null ? null : updater.clone();
  }

  /** A copy, since dropout keeps its last mask. */
  static IDropout own(IDropout dropout) {
    return dropout == null ? null : dropout.clone();
  }

  /**
   * A copy, which DL4J may change, with each term once and one weight decay: DL4J 1.0.0-M2.1 gives
   * layers the network's weight decay twice, or beside their own.
   */
  static List<Regularization> own(List<Regularization> regularization) {
    List<Regularization> copies = new ArrayList<>();
    if (regularization == null) {
      return copies; // DL4J takes a file with none for a very old one
    }
    for (Regularization term : new LinkedHashSet<>(regularization)) {
      boolean second =
          term instanceof WeightDecay && copies.stream().anyMatch(WeightDecay.class::isInstance);
      if (!second) {
        copies.add(term.clone());
      }
    }
    return copies;
  }

  /** The shape of a factor's trained vector. */
  static long[] shape(Factor factor) {
    return factor.parameterShape().stream().mapToLong(Long::longValue).toArray();
  }

  /** Fails for builder settings that the layer would ignore. */
  static void checkBuilder(ReparameterizedLayer layer, ReparameterizedLayer.Builder<?> builder) {
    if (builder.getWeightInitFn() != null) {
      throw new IllegalArgumentException(
          layer.describe()
              + ": weightInit is not supported, since the reparameterization says how weights"
              + " begin: choose that instead");
    }
    checkNoise(layer, builder.getWeightNoise());
  }

  /** Weight noise would need a different weight in every pass, which has no coefficients. */
  static IWeightNoise checkNoise(ReparameterizedLayer layer, IWeightNoise noise) {
    if (noise != null && layer.hasWeights()) {
      throw new IllegalArgumentException(
          layer.describe()
              + " does not support weight noise, but "
              + noise.getClass().getSimpleName()
              + " is set on it or on the network: set it on the other layers only, and dropOut on"
              + " this one");
    }
    return noise;
  }

  /** Fails for constraints on weights that are not DL4J parameters. */
  static void checkConstraints(ReparameterizedLayer layer, List<LayerConstraint> constraints) {
    if (constraints == null || constraints.isEmpty()) {
      return;
    }
    ReparameterizedLayer sized = layer.sized();
    for (WeightSpec weight : sized.ownWeights()) {
      if (!sized.isParameter(weight)) {
        for (Factor factor : weight.factorize(0).factors()) {
          checkConstraints(layer, constraints, weight, sized.parameterName(weight, factor));
        }
      }
    }
  }

  private static void checkConstraints(
      ReparameterizedLayer layer,
      List<LayerConstraint> constraints,
      WeightSpec weight,
      String parameter) {
    for (LayerConstraint constraint : constraints) {
      if (constraint.getParams() != null && constraint.getParams().contains(parameter)) {
        throw new IllegalArgumentException(
            "%s: %s cannot be put on weight %s, which is computed from %s by %s and is not a parameter of"
                    .formatted(
                        layer.describe(),
                        constraint.getClass().getSimpleName(),
                        weight.name(),
                        parameter,
                        weight.method().method())
                + " DL4J: constrain the bias only (constrainBias), or set the"
                + " constraint on other layers instead of on the network");
      }
    }
  }

  /** Creates the runtime of a layer. */
  static org.deeplearning4j.nn.api.Layer instantiate(
      ReparameterizedLayer layer,
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new IllegalArgumentException(
          layer.describe()
              + " computes in DataType.FLOAT or DOUBLE, but the network is of "
              + type);
    }
    checkConstraints(layer, ((Layer) layer).getConstraints());
    NetworkUnderConstruction network = NetworkUnderConstruction.instantiating();
    settleSeed(layer, conf, index, initialize, network);
    ScaledRate.check(layer);
    RuntimeLayer runtime = layer.runtime(conf, type);
    runtime.join(network);
    runtime.setListeners(listeners);
    runtime.setIndex(index);
    runtime.setParamsViewArray(parameters);
    if (layer.getTiedTo() != null) {
      runtime.follow(owner(layer, network));
    }
    runtime.setParamTable(
        ReparameterizedParamInitializer.INSTANCE.init(conf, parameters, initialize));
    network.add(layer.getLayerName(), runtime);
    return runtime;
  }

  private static void settleSeed(
      ReparameterizedLayer layer,
      NeuralNetConfiguration conf,
      int index,
      boolean initialize,
      NetworkUnderConstruction network) {
    LayerOptions options = layer.options();
    if (options.seed == null) {
      options.seed = seed(layer.getLayerName(), conf.getSeed(), index, network);
      options.networkSeed = conf.getSeed();
    } else if (initialize && options.networkSeed != null && options.networkSeed != conf.getSeed()) {
      if (isConversion()) {
        options.networkSeed = null;
        return;
      }
      throw new IllegalStateException(
          layer.describe()
              + " has the seed that a network of seed "
              + options.networkSeed
              + " gave it, but is now in one of seed "
              + conf.getSeed()
              + ": build a new layer or call its setSeed(null) for bases of this network's seed, or"
              + " setSeed(getSeed()) to keep its own; a FineTuneConfiguration must give the first"
              + " network's seed or none");
    }
  }

  /**
   * Whether DL4J turns a network into a graph, to which it gives the network's parameters, but not
   * its seed.
   */
  private static boolean isConversion() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames.anyMatch(
                    frame ->
                        frame.getClassName().equals(MultiLayerNetwork.class.getName())
                            && frame.getMethodName().equals("toComputationGraph")));
  }

  private static long seed(
      String name, long networkSeed, int index, NetworkUnderConstruction network) {
    if (name == null) {
      return Seeds.derive(networkSeed, index);
    }
    long seed = Seeds.derive(networkSeed, name);
    return network.has(name) ? Seeds.derive(seed, index) : seed;
  }

  private static RuntimeLayer owner(ReparameterizedLayer layer, NetworkUnderConstruction network) {
    String name = layer.getTiedTo();
    RuntimeLayer owner = network.find(name);
    if (owner == null) {
      throw new IllegalStateException(
          layer.describe()
              + " takes its coefficients from \""
              + name
              + "\", but the network has no reparameterized layer of that name before this one");
    }
    String next = owner.configuration().getTiedTo();
    if (next != null) {
      throw new IllegalStateException(
          layer.describe()
              + " takes its coefficients from \""
              + name
              + "\", which has none of its own: take them from \""
              + next
              + "\", as it does");
    }
    int bits = layer.getCoefficientBits();
    if (bits != 0 && bits != owner.configuration().getCoefficientBits()) {
      throw new IllegalStateException(
          layer.describe()
              + " has coefficientBits = "
              + bits
              + ", but takes its coefficients from \""
              + name
              + "\", which has coefficientBits = "
              + owner.configuration().getCoefficientBits()
              + ": set the same, or none here");
    }
    return owner;
  }

  /** Writes the initial values of trained vectors and direct parameters. */
  static void initialize(ReparameterizedLayer layer, Map<String, INDArray> parameters) {
    long seed = layer.getSeed();
    for (WeightSpec weight : layer.ownWeights()) {
      for (Factor factor : weight.factorize(seed).factors()) {
        HostArrays.fill(parameters.get(layer.parameterName(weight, factor)), factor.initial()::at);
      }
    }
    layer
        .trainedParameters()
        .forEach(
            (name, direct) -> direct.initialize(parameters.get(name), Seeds.derive(seed, name)));
  }

  /**
   * Parameters and updater state; factors, W0 and formed weights, which do not depend on the batch;
   * and in training the activations and gradients that do.
   */
  static LayerMemoryReport memoryReport(ReparameterizedLayer layer, InputType input) {
    Layer conf = (Layer) layer;
    InputType output = conf.getOutputType(-1, input);
    long parameters = conf.initializer().numParams(conf);
    IUpdater updater = layer.getIUpdater();
    long state = updater == null || parameters == 0 ? 0 : updater.stateSize(parameters);
    long fixed = layer.weights().stream().mapToLong(LayerContract::arrays).sum();
    long gradients = layer.weights().stream().mapToLong(LayerContract::trainedArrays).sum();
    long example = output.arrayElementsPerExample();
    long dropout = conf.getIDropout() == null ? 0 : input.arrayElementsPerExample();
    return new LayerMemoryReport.Builder(layer.getLayerName(), layer.getClass(), input, output)
        .standardMemory(parameters, state)
        .workingMemory(fixed, example, fixed + gradients, example + dropout)
        .cacheMemory(0, 0)
        .build();
  }

  /** Numbers of a weight held beside DL4J's parameters. */
  private static long arrays(WeightSpec weight) {
    Factorization factorization = weight.factorize(0);
    boolean frozen = !(factorization.frozen() instanceof FrozenWeight.None);
    return trainedArrays(weight) + (frozen ? 2L * factorization.shape().elements() : 0);
  }

  /** Factors that are not parameters. */
  private static long trainedArrays(WeightSpec weight) {
    return weight.factorize(0).factors().stream()
        .filter(factor -> !factor.isParameter())
        .mapToLong(Factor::elements)
        .sum();
  }

  /** Whether the fields that all layers have beside DL4J's are equal. */
  static boolean equalOptions(ReparameterizedLayer one, ReparameterizedLayer other) {
    return Objects.equals(one.getSeed(), other.getSeed())
        && Objects.equals(one.getTiedTo(), other.getTiedTo())
        && one.getCoefficientBits() == other.getCoefficientBits()
        && one.isScaledRate() == other.isScaledRate()
        && one.getAdapterDropout() == other.getAdapterDropout()
        && one.getFrozenParameters().equals(other.getFrozenParameters());
  }
}
