// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.LayerNames;
import org.nola4j.network.NetworkLayer;
import org.nola4j.network.ParameterCount;
import org.nola4j.reparameterization.FrozenWeight;

/**
 * The adapters over one trained network.
 *
 * <pre>{@code
 * Adapters<MultiLayerNetwork> adapters = Adapters.wrap(lenet, AdapterPlan.nola(4, 500));
 * adapters.network().fit(task);
 * adapters.adapter().write(Path.of("task.safetensors"), Precision.F16);
 * MultiLayerNetwork plain = adapters.merge();
 * }</pre>
 *
 * <p>The trained network is copied and not changed.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
public final class Adapters<N> {
  private final Wrapping<N> wrapping;

  /** The trained numbers while the adapters are disabled; otherwise null. */
  private Map<String, Map<String, INDArray>> trained;

  /** The network's numbers while the adapters are disabled. */
  private Map<String, Map<String, INDArray>> cleared;

  private Adapters(Wrapping<N> wrapping) {
    this.wrapping = wrapping;
  }

  /**
   * Wraps a trained network.
   *
   * <p>The wrapped network is an ordinary DL4J network: use it with {@code fit}, iterators,
   * listeners, early stopping, {@code ParallelWrapper} and {@code ModelSerializer}. To load a model
   * of it that was saved in another process, wrap the trained network first: it holds the frozen
   * weights. As below DL4J's {@code FrozenLayer}, the gradient ends at the lowest layer that is
   * trained: {@code calculateGradients} gives none of the network's input.
   *
   * <p>A wrapped network may be wrapped once more: its adapters and trained layers are then frozen
   * unless the plan says otherwise, and outputs before training are its own bit for bit. {@link
   * #unmerge} gives that network back, {@link #merge} one of DL4J's own layers with all adapters in
   * them, none of them held fixed. An adapter of the second wrapping names layer types such as
   * {@code AdaptedAdaptedDenseLayer} and goes over the first one only.
   *
   * <p>Of this library's own layers, the weights as computed from coefficients, of a first adapter
   * or of a network that was trained in them, become W0s: outputs before training are then those of
   * the trained network up to rounding, and {@link #merge} gives such layers weights of the method
   * dense.
   *
   * @throws IllegalArgumentException if a rule of the plan matches no layer or one that cannot be
   *     adapted, if nothing is trained, or if a parameter is not float32
   * @throws IllegalStateException if the network is not initialized
   */
  public static Adapters<MultiLayerNetwork> wrap(MultiLayerNetwork trained, AdapterPlan plan) {
    return new Adapters<>(new MultiLayerWrapping(trained, plan));
  }

  /** As {@link #wrap(MultiLayerNetwork, AdapterPlan)}. */
  public static Adapters<ComputationGraph> wrap(ComputationGraph trained, AdapterPlan plan) {
    return new Adapters<>(new GraphWrapping(trained, plan));
  }

  /**
   * Wraps a trained network of this library's own layers whose weights are read one at a time, so
   * that the network is never in memory as float32. With {@link AdapterPlan.Builder#frozenBits} the
   * blocks of a LLaMA take one byte a weight from the start.
   *
   * <p>Beside what the wrapped network needs, memory is taken for one weight. {@link #merge} and
   * {@link #delta} build a whole network of float32.
   *
   * @param trained of dense weights; it is not changed
   * @param reader gives each weight
   * @throws IllegalArgumentException as {@link #wrap(ComputationGraph, AdapterPlan)}, or if it has
   *     other layers
   */
  public static Adapters<ComputationGraph> read(
      ComputationGraphConfiguration trained, ParameterReader reader, AdapterPlan plan) {
    return new Adapters<>(new GraphWrapping(trained, reader, plan));
  }

  /**
   * The layers that {@link #read(ComputationGraphConfiguration, ParameterReader, AdapterPlan)}
   * would make, to count and size what is trained, whatever the size of the network: {@code
   * ParameterCount.of(layers)}, {@code Adapter.of(layers).bytes(precision)}. Their trained numbers
   * are zeros, and there are no others.
   *
   * @param trained of dense weights; it is not changed
   * @throws IllegalArgumentException as {@code read}
   */
  public static List<NetworkLayer> planned(
      ComputationGraphConfiguration trained, AdapterPlan plan) {
    return PlannedLayers.of(trained.clone(), plan);
  }

  /**
   * As {@link #read(ComputationGraphConfiguration, ParameterReader, AdapterPlan)}, with an adapter,
   * for instance from a file.
   *
   * @throws AdapterMismatchException as {@link #wrap(ComputationGraph, Adapter)}
   */
  public static Adapters<ComputationGraph> read(
      ComputationGraphConfiguration trained, ParameterReader reader, Adapter adapter) {
    return read(trained, reader, adapter, AdapterPlan.builder().build());
  }

  /**
   * As {@link #read(ComputationGraphConfiguration, ParameterReader, Adapter)}, with options that an
   * adapter does not contain.
   *
   * @param options a plan without rules, as of {@link #wrap(MultiLayerNetwork, Adapter,
   *     AdapterPlan)}
   */
  public static Adapters<ComputationGraph> read(
      ComputationGraphConfiguration trained,
      ParameterReader reader,
      Adapter adapter,
      AdapterPlan options) {
    requireWrapped(adapter);
    AdapterPlan plan = AdapterPlan.of(adapter, options, name -> name);
    Wrapping<ComputationGraph> wrapping = new GraphWrapping(trained, reader, plan);
    adapter.applyTo(wrapping.wrapped());
    return new Adapters<>(wrapping);
  }

  /**
   * Applies an adapter, for instance from a file, to the network that it was trained over; no plan
   * is needed.
   *
   * @throws AdapterMismatchException if it was trained over another network or not over a wrapped
   *     one
   */
  public static Adapters<MultiLayerNetwork> wrap(MultiLayerNetwork trained, Adapter adapter) {
    return wrap(trained, adapter, AdapterPlan.builder().build());
  }

  /** As {@link #wrap(MultiLayerNetwork, Adapter)}. */
  public static Adapters<ComputationGraph> wrap(ComputationGraph trained, Adapter adapter) {
    return wrap(trained, adapter, AdapterPlan.builder().build());
  }

  /**
   * As {@link #wrap(MultiLayerNetwork, Adapter)}, with options that an adapter does not contain
   * because they matter only for training and speed.
   *
   * @param options a plan without rules, for instance {@code AdapterPlan.builder().updater(new
   *     Adam(1e-3)).fastConvolutions().build()}; seeds, kernel views and trained layers come from
   *     the adapter
   * @throws IllegalArgumentException if the options have a rule
   */
  public static Adapters<MultiLayerNetwork> wrap(
      MultiLayerNetwork trained, Adapter adapter, AdapterPlan options) {
    requireWrapped(adapter);
    List<String> names = LayerNames.of(trained.getLayerWiseConfigurations());
    boolean indices = adapter.layers().stream().allMatch(layer -> isIndex(layer.name(), names));
    try {
      return wrapped(trained, adapter, AdapterPlan.of(adapter, options, name -> name));
    } catch (IllegalArgumentException e) { // an adapter of earlier releases has indices for names
      if (!indices) {
        throw e;
      }
      return wrapped(
          trained,
          adapter,
          AdapterPlan.of(adapter, options, index -> names.get(Integer.parseInt(index))));
    }
  }

  /** As {@link #wrap(MultiLayerNetwork, Adapter, AdapterPlan)}. */
  public static Adapters<ComputationGraph> wrap(
      ComputationGraph trained, Adapter adapter, AdapterPlan options) {
    requireWrapped(adapter);
    Wrapping<ComputationGraph> wrapping =
        new GraphWrapping(
            trained,
            AdapterPlan.of(adapter, options, name -> GraphWrapping.baseName(trained, name)));
    adapter.applyTo(wrapping.wrapped());
    return new Adapters<>(wrapping);
  }

  private static Adapters<MultiLayerNetwork> wrapped(
      MultiLayerNetwork trained, Adapter adapter, AdapterPlan plan) {
    Wrapping<MultiLayerNetwork> wrapping = new MultiLayerWrapping(trained, plan);
    adapter.applyTo(wrapping.wrapped());
    return new Adapters<>(wrapping);
  }

  private static boolean isIndex(String name, List<String> layers) {
    return name.matches("0|[1-9]\\d{0,8}") && Integer.parseInt(name) < layers.size();
  }

  private static void requireWrapped(Adapter adapter) {
    adapter.layers().stream()
        .filter(layer -> !layer.weights().stream().allMatch(Adapters::isWrapped))
        .findFirst()
        .ifPresent(
            layer -> {
              throw new AdapterMismatchException(
                  "layer \"" + layer.name() + "\", type",
                  layer.type(),
                  "an adapter over a trained layer, as Adapters.wrap makes them");
            });
  }

  /** Whether a weight has a trained W0 or is trained directly. */
  private static boolean isWrapped(WeightSpec weight) {
    FrozenWeight w0 = weight.method().w0();
    return w0 instanceof FrozenWeight.Given
        || (w0 instanceof FrozenWeight.None && weight.factorize(0).isElementwise());
  }

  /** The wrapped network, for training and inference. */
  public N network() {
    return wrapping.wrapped();
  }

  /** Copies what the wrapped network has trained so far. */
  public Adapter adapter() {
    requireEnabled();
    return wrapping.adapter();
  }

  /**
   * What the adapters add to one layer of the trained network, by DL4J's names of its parameters
   * and in their shapes: {@code delta("fc1").get("W")} is [nIn, nOut] of a dense layer and [out,
   * in, height, width] of a convolution. Zeros for unchanged parameters and for frozen layers. For
   * directly trained layers, the difference from the original.
   *
   * <p>Costs a new network like the trained one, and {@code rank * m * n} multiplications per
   * weight.
   *
   * @param layer its name, or its index in a {@code MultiLayerNetwork}
   * @throws IllegalArgumentException if there is no such layer
   */
  public Map<String, INDArray> delta(String layer) {
    requireEnabled();
    return wrapping.delta(layer);
  }

  /** The trained and the frozen numbers of the wrapped network. */
  public ParameterCount parameters() {
    return wrapping.parameters();
  }

  /**
   * Makes the wrapped network compute what the original network does, bit for bit (but see {@link
   * #wrap} and {@link AdapterPlan.Builder#fastConvolutions()}), including directly trained heads
   * and batch norms. Costs a copy of all trained numbers. Call it while the network is not in use;
   * does nothing if the adapters are already disabled.
   *
   * <p>To scale the adapters' effect, see {@link Adapter#scaled}.
   */
  public void disable() {
    if (isEnabled()) {
      trained = wrapping.clear();
      cleared = wrapping.trained();
    }
  }

  /**
   * Undoes {@link #disable}, bit for bit; does nothing if the adapters are enabled.
   *
   * @throws IllegalStateException if the network's numbers changed while the adapters were
   *     disabled: the changes are lost, and the adapters are restored
   */
  public void enable() {
    if (isEnabled()) {
      return;
    }
    boolean unchanged = wrapping.trained().equals(cleared);
    wrapping.restore(trained);
    trained = null;
    cleared = null;
    if (!unchanged) {
      throw new IllegalStateException(
          "the network's numbers were changed while its adapters were disabled, and that is lost:"
              + " enable the adapters before training; they are enabled now");
    }
  }

  /** Whether the adapters are enabled, which they are unless {@link #disable} was called. */
  public boolean isEnabled() {
    return trained == null;
  }

  private void requireEnabled() {
    if (!isEnabled()) {
      throw new IllegalStateException("the adapters are disabled: call enable() first");
    }
  }

  /**
   * A new plain DL4J network, without this library's classes, with the outputs of the wrapped one
   * up to rounding.
   *
   * @throws ArithmeticException if a weight would be NaN or infinite, naming its layer
   */
  public N merge() {
    requireEnabled();
    return wrapping.merged();
  }

  /**
   * A new network equal to the original one, bit for bit.
   *
   * @throws ArithmeticException if one of its weights is NaN or infinite, naming its layer
   */
  public N unmerge() {
    return wrapping.unmerged();
  }

  /**
   * Merges into an existing network in place: all its parameters are overwritten.
   *
   * @throws IllegalArgumentException if it does not like the trained one; nothing is changed then
   * @throws ArithmeticException as {@link #merge}; nothing is changed
   */
  public void mergeInto(N plain) {
    requireEnabled();
    wrapping.copy(merge(), plain);
  }

  /**
   * Restores the original parameters in an existing network, in place and bit for bit, however
   * often it was merged into.
   *
   * @throws IllegalArgumentException if it does not like the trained one; nothing is changed then
   * @throws ArithmeticException as {@link #unmerge}; nothing is changed
   */
  public void unmergeFrom(N plain) {
    wrapping.copy(unmerge(), plain);
  }
}
