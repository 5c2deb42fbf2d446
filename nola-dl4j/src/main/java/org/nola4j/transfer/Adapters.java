package org.nola4j.transfer;

import java.util.List;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nola4j.adapter.Adapter;
import org.nola4j.adapter.AdapterMismatchException;
import org.nola4j.dl4j.LayerNames;
import org.nola4j.dl4j.WeightSpec;
import org.nola4j.reparameterization.Dense;
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
 * <p>The trained network is copied and left as it is.
 *
 * @param <N> {@code MultiLayerNetwork} or {@code ComputationGraph}
 */
public final class Adapters<N> {
  private final Wrapping<N> wrapping;

  private Adapters(Wrapping<N> wrapping) {
    this.wrapping = wrapping;
  }

  /**
   * Wraps a trained network.
   *
   * <p>The wrapped network is an ordinary DL4J network for {@code fit}, iterators, listeners, early
   * stopping, {@code ParallelWrapper} and {@code ModelSerializer}. To load a model of it that was
   * saved in another process, wrap the trained network first: it holds the frozen weights.
   *
   * @throws IllegalArgumentException if a rule of the plan matches no layer or one that cannot be
   *     adapted, if nothing is to be trained, or if a parameter is no float32 number
   * @throws IllegalStateException if the network is not initialised
   */
  public static Adapters<MultiLayerNetwork> wrap(MultiLayerNetwork trained, AdapterPlan plan) {
    return new Adapters<>(new MultiLayerWrapping(trained, plan));
  }

  /** As {@link #wrap(MultiLayerNetwork, AdapterPlan)}. */
  public static Adapters<ComputationGraph> wrap(ComputationGraph trained, AdapterPlan plan) {
    return new Adapters<>(new GraphWrapping(trained, plan));
  }

  /**
   * Puts an adapter, from a file for instance, onto the network that it was trained over; no plan
   * is needed.
   *
   * @throws AdapterMismatchException if it was trained over another network, or was no adapter of a
   *     wrapped one
   */
  public static Adapters<MultiLayerNetwork> wrap(MultiLayerNetwork trained, Adapter adapter) {
    requireWrapped(adapter);
    List<String> names = LayerNames.of(trained.getLayerWiseConfigurations());
    boolean indices = adapter.layers().stream().allMatch(layer -> isIndex(layer.name(), names));
    try {
      return wrap(trained, adapter, name -> name);
    } catch (IllegalArgumentException e) { // an adapter of earlier releases has indices for names
      if (!indices) {
        throw e;
      }
      return wrap(trained, adapter, index -> names.get(Integer.parseInt(index)));
    }
  }

  /** As {@link #wrap(MultiLayerNetwork, Adapter)}. */
  public static Adapters<ComputationGraph> wrap(ComputationGraph trained, Adapter adapter) {
    requireWrapped(adapter);
    Wrapping<ComputationGraph> wrapping =
        new GraphWrapping(trained, AdapterPlan.of(adapter, GraphWrapping::baseName));
    adapter.applyTo(wrapping.wrapped());
    return new Adapters<>(wrapping);
  }

  private static Adapters<MultiLayerNetwork> wrap(
      MultiLayerNetwork trained, Adapter adapter, UnaryOperator<String> nameOf) {
    Wrapping<MultiLayerNetwork> wrapping =
        new MultiLayerWrapping(trained, AdapterPlan.of(adapter, nameOf));
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

  /** Whether a weight has a trained one as its W0, or is trained itself. */
  private static boolean isWrapped(WeightSpec weight) {
    FrozenWeight w0 = weight.method().w0();
    return w0 instanceof FrozenWeight.Given
        || w0 instanceof FrozenWeight.None && weight.method() instanceof Dense;
  }

  /** The wrapped network, to be trained and used. */
  public N network() {
    return wrapping.wrapped();
  }

  /** What the wrapped network has trained so far; a copy. */
  public Adapter adapter() {
    return wrapping.adapter();
  }

  /**
   * A new plain DL4J network, without our classes, with the outputs of the wrapped one up to
   * rounding.
   *
   * @throws ArithmeticException if a weight would be NaN or infinite, naming its layer
   */
  public N merge() {
    return wrapping.merged();
  }

  /**
   * A new network like the trained one, bit for bit.
   *
   * @throws ArithmeticException if one of its weights is NaN or infinite, naming its layer
   */
  public N unmerge() {
    return wrapping.unmerged();
  }

  /**
   * Merges into a network that exists, in place: all its parameters are overwritten.
   *
   * @throws IllegalArgumentException if it is not like the trained one; nothing is changed then
   * @throws ArithmeticException as {@link #merge}; nothing is changed then
   */
  public void mergeInto(N plain) {
    wrapping.copy(merge(), plain);
  }

  /**
   * Makes a network that exists the trained one again, in place and bit for bit, however often it
   * was merged into.
   *
   * @throws IllegalArgumentException if it is not like the trained one; nothing is changed then
   * @throws ArithmeticException as {@link #unmerge}; nothing is changed then
   */
  public void unmergeFrom(N plain) {
    wrapping.copy(unmerge(), plain);
  }
}
