// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Dense;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Configuration of a layer with any number of reparameterized weights and direct parameters.
 *
 * <p>Implementations say which weights and direct parameters they have, and define the layer as a
 * SameDiff graph over {@link GraphWeight}s. The graph is the layer's definition: its result in
 * double precision is the reference. Implementations may also provide a {@link DirectComputation},
 * which then runs instead because it is faster and keeps no graph; it must give the graph's outputs
 * and gradients up to rounding, as this library's tests check. DL4J's parameters are, weight by
 * weight, the trained vectors ({@code alpha}, {@code beta}, ...; {@code weight.alpha} where a layer
 * has several weights), then the direct parameters.
 *
 * <p>A layer may take its coefficients from another one ({@link Builder#tiedTo}): then the direct
 * parameters are its only ones.
 *
 * <p>This is an interface because DL4J hands a network's settings to some classes only: most of
 * them to every {@code BaseLayer}, sizes to every {@code FeedForwardLayer}, and the convolution
 * mode to its {@code ConvolutionLayer}. So layers extend {@link ReparameterizedFeedForwardLayer} or
 * {@link ReparameterizedConvolutionLayer}.
 */
public interface ReparameterizedLayer {
  /** The weights, in an order that never changes. */
  List<WeightSpec> weights();

  /**
   * The directly trained parameters by name (biases, a norm's scale and shift), in an order that
   * never changes.
   */
  Map<String, DirectParameter> directParameters();

  /** Sets the method of a weight. */
  void setMethod(String weight, Reparameterization method);

  /** Turns the gradient of the input on or off; not every layer can omit it. */
  default void setInputGradient(boolean inputGradient) {}

  /** The layer's activations as a SameDiff graph, with variables for factors and parameters. */
  SDVariable defineLayer(SameDiff graph, SDVariable input, Map<String, SDVariable> variables);

  /**
   * A computation without a graph, with its own state for one runtime layer; null, the default, to
   * run the graph.
   *
   * @param type of the network's arrays
   */
  default DirectComputation directComputation(DataType type) {
    return null;
  }

  /**
   * The runtime of this layer; DL4J's summaries show its class name.
   *
   * @param conf with this layer
   * @param type of the network's arrays
   */
  default RuntimeLayer runtime(NeuralNetConfiguration conf, DataType type) {
    return new RuntimeLayer(conf, type, directComputation(type));
  }

  /**
   * Fails if the input does not have the shape that the layer expects.
   *
   * @throws IllegalArgumentException if it does not
   */
  default void validateInput(INDArray input) {}

  /** The mask for the layers above; by default the mask itself. */
  default Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int minibatchSize) {
    return new Pair<>(mask, state);
  }

  /** Whether the layer has weights, not only direct parameters. */
  default boolean hasWeights() {
    return true;
  }

  /** Whether a weight is a DL4J parameter, so that constraints apply to it. */
  default boolean isParameter(WeightSpec weight) {
    return getTiedTo() == null
        && weight.method().w0() instanceof FrozenWeight.None
        && weight.factorize(0).isElementwise();
  }

  /** The name of this layer type in adapter files and reports; the simple class name. */
  default String typeName() {
    return getClass().getSimpleName();
  }

  /** DL4J's. */
  String getLayerName();

  /** DL4J's. */
  long getNIn();

  /** DL4J's. */
  void setNIn(long nIn);

  /** DL4J's; the initial bias. */
  double getBiasInit();

  /** DL4J's; the initial scale of norms. */
  double getGainInit();

  /** DL4J's. */
  IUpdater getIUpdater();

  /** DL4J's; the layer keeps a copy. */
  void setIUpdater(IUpdater updater);

  /** DL4J's. */
  IUpdater getBiasUpdater();

  /** DL4J's; the layer keeps a copy. */
  void setBiasUpdater(IUpdater updater);

  /** The fields of all implementations. */
  LayerOptions options();

  /**
   * The bits of this layer's frozen weights, 0 for float32: others only where the layer multiplies
   * by them in {@link org.nola4j.internal.weights.WeightProduct}s.
   *
   * @param bits of weights
   * @param wordBits of the matrices of vocabularies
   */
  default int frozenBits(int bits, int wordBits) {
    return 0;
  }

  /** Whether adapters over the layer's weights may have dropout. */
  default boolean takesAdapterDropout() {
    return false;
  }

  /**
   * This layer of a trained network, with frozen weights and direct parameters.
   *
   * @param methods of all weights: adapters, or frozen
   * @param parameters all direct parameters
   * @param inputGradient whether the gradient of the input is needed
   */
  default ReparameterizedLayer frozen(
      Map<String, Reparameterization> methods,
      Map<String, FrozenParameter> parameters,
      boolean inputGradient) {
    ReparameterizedLayer frozen = (ReparameterizedLayer) ((Layer) this).clone();
    methods.forEach(frozen::setMethod);
    frozen.setFrozenParameters(parameters);
    if (!inputGradient) {
      frozen.setInputGradient(false);
    }
    return frozen;
  }

  /** Whether each weight is trained itself, so that DL4J's parameters are all that there is. */
  default boolean hasPlainWeights() {
    return getTiedTo() == null
        && getCoefficientBits() == 0
        && getFrozenParameters().isEmpty()
        && weights().stream().allMatch(this::isParameter);
  }

  /**
   * Whether the weights are those of the layer that this one is {@linkplain Builder#tiedTo tied}
   * to, number by number: both layers are then adapted, trained and frozen as one.
   */
  default boolean hasTiedWeights() {
    return false;
  }

  /** This layer with weights that are trained themselves; this one if they are. */
  default ReparameterizedLayer plain() {
    if (hasPlainWeights()) {
      return this;
    }
    ReparameterizedLayer plain = (ReparameterizedLayer) ((Layer) this).clone();
    weights().forEach(weight -> plain.setMethod(weight.name(), new Dense()));
    plain.setFrozenParameters(Map.of());
    plain.setTiedTo(null);
    plain.setCoefficientBits(0);
    plain.setAdapterDropout(0);
    plain.setInputGradient(true);
    return plain;
  }

  /** A bias or the shift of a norm, a row that starts at DL4J's {@code biasInit}. */
  default DirectParameter bias(long width) {
    double start = getBiasInit();
    return DirectParameter.constant(Double.isNaN(start) ? 0 : start, 1, width);
  }

  /** The scale of a norm, a row that starts at DL4J's {@code gainInit}. */
  default DirectParameter gain(long width) {
    double start = getGainInit();
    return DirectParameter.constant(Double.isNaN(start) ? 1 : start, 1, width);
  }

  /** The direct parameters that are trained. */
  default Map<String, DirectParameter> trainedParameters() {
    Map<String, DirectParameter> trained = new LinkedHashMap<>(directParameters());
    trained.keySet().removeAll(getFrozenParameters().keySet());
    return trained;
  }

  /**
   * The size of a convolution's kernel, [height, width]; empty for other layers. The weight's
   * matrix then has the elements of [out, height, in, width].
   */
  default List<Integer> kernel() {
    return List.of();
  }

  /**
   * This layer or, while its input size is unknown, a copy whose parameters have the same names.
   */
  default ReparameterizedLayer sized() {
    if (getNIn() > 0) {
      return this;
    }
    ReparameterizedLayer copy = (ReparameterizedLayer) ((Layer) this).clone();
    copy.setNIn(4096); // no rank is larger
    return copy;
  }

  /**
   * Parameters beside the weights that the layer keeps outside DL4J's parameters and never trains,
   * by name; none unless the layer is of a trained network that was wrapped.
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  default Map<String, FrozenParameter> getFrozenParameters() {
    return options().frozenParameters;
  }

  /** For JSON. */
  default void setFrozenParameters(Map<String, FrozenParameter> frozenParameters) {
    options().frozenParameters = Collections.unmodifiableMap(new LinkedHashMap<>(frozenParameters));
  }

  /**
   * The seed that all bases, anchors, frozen and initial values derive from.
   *
   * <p>Unless set, it is derived from the network's seed and the layer's name (its index if it has
   * none, both if a layer below has the same name) when the network is initialized, and is then
   * part of this configuration, because the trained vectors are meaningless without it.
   * Initializing a network of another seed with this configuration or a clone of it therefore
   * fails: {@code setSeed(null)} derives the seed from that network, {@code setSeed(getSeed())}
   * keeps this one.
   */
  default Long getSeed() {
    return options().seed;
  }

  /** Sets the seed; null derives it from the network's. */
  default void setSeed(Long seed) {
    options().seed = seed;
    options().networkSeed = null;
  }

  /** The seed of the network that {@link #getSeed} was derived from; null where it was set. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  default Long getSeedOfNetwork() {
    return options().networkSeed;
  }

  /** For JSON. */
  default void setSeedOfNetwork(Long networkSeed) {
    options().networkSeed = networkSeed;
  }

  /**
   * The name of the layer whose trained vectors this layer's weights use, or null if it has its
   * own.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonProperty("coefficientsOf")
  default String getTiedTo() {
    return options().tiedTo;
  }

  /** For JSON. */
  @JsonProperty("coefficientsOf")
  default void setTiedTo(String tiedTo) {
    options().tiedTo = tiedTo;
  }

  /**
   * The bits that trained vectors are rounded to in every pass (see {@link
   * Builder#coefficientBits}), or 0 for no rounding.
   */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  default int getCoefficientBits() {
    return options().coefficientBits;
  }

  /** For JSON. */
  default void setCoefficientBits(int coefficientBits) {
    options().coefficientBits = coefficientBits;
  }

  /** Whether the updater's learning rate is that of weights (see {@link Builder#scaledRate}). */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  default boolean isScaledRate() {
    return options().scaledRate;
  }

  /** For JSON. */
  default void setScaledRate(boolean scaledRate) {
    options().scaledRate = scaledRate;
  }

  /**
   * The probability that an input of an adapter is dropped in training; the frozen weights get all
   * inputs.
   */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  default double getAdapterDropout() {
    return options().adapterDropout;
  }

  /** For JSON, and for layers of wrapped networks. */
  default void setAdapterDropout(double adapterDropout) {
    options().adapterDropout = adapterDropout;
  }

  /** The weights whose trained vectors are this layer's own. */
  default List<WeightSpec> ownWeights() {
    return getTiedTo() == null ? weights() : List.of();
  }

  /** DL4J's name of a weight that is trained itself. */
  default String matrixName(WeightSpec weight) {
    return parameterName(weight, weight.factorize(0).factors().get(0));
  }

  /** The name of a factor's trained vector among DL4J's parameters. */
  default String parameterName(WeightSpec weight, Factor factor) {
    return weight.parameterName(factor, weights().size());
  }

  /** The weight called {@code name} as the graph sees it; for use in {@code defineLayer}. */
  default GraphWeight graphWeight(String name, SameDiff graph, Map<String, SDVariable> variables) {
    for (WeightSpec weight : weights()) {
      if (weight.name().equals(name)) {
        return GraphWeight.of(this, weight, graph, variables);
      }
    }
    throw new IllegalArgumentException(describe() + " has no weight \"" + name + "\"");
  }

  /** This layer's name in error messages. */
  default String describe() {
    return getClass().getSimpleName()
        + (getLayerName() == null ? "" : " \"" + getLayerName() + "\"");
  }

  /**
   * The number of the method's coefficients, without direct parameters; 0 if they are another
   * layer's.
   */
  default long coefficients() {
    return ownWeights().stream().mapToLong(weight -> weight.factorize(0).parameters()).sum();
  }

  /** The factor names and shapes by weight, for adapters and reports. */
  default Map<String, Factorization> factorizations() {
    long seed = getSeed() == null ? 0 : getSeed();
    Map<String, Factorization> result = new LinkedHashMap<>();
    weights().forEach(weight -> result.put(weight.name(), weight.factorize(seed)));
    return result;
  }

  /** Builder of the common fields. */
  abstract class Builder<T extends Builder<T>> extends FeedForwardLayer.Builder<T> {
    private Long seed;
    private String tiedTo;
    private int coefficientBits;
    private boolean scaledRate;

    /**
     * The seed that everything random in this layer derives from; layers of one shape may share it.
     */
    public T seed(long seed) {
      this.seed = seed;
      return self();
    }

    /** {@inheritDoc} */
    @Override
    public T nOut(long nOut) {
      setNOut(nOut); // DL4J's cuts it off at 32 bits
      return self();
    }

    /**
     * Ties the coefficients to those of a layer below, given by name ({@code layer0} and so on by
     * default in a {@code MultiLayerNetwork}), whose trained vectors this layer's weights use: one
     * vector alpha then serves many layers, as in PRANC. Bases and W0 stay this layer's own, from
     * its own seed, and so do direct parameters. Both layers' methods must have vectors of the same
     * names and shapes, as PRANC, HashedNet and NOLA do for weights of any shapes.
     *
     * <p>Null, the default, gives the layer its own vectors. A pass costs the same either way.
     *
     * <p>Building the network fails with an {@link IllegalStateException} if there is no such layer
     * or its vectors differ, and training does if that layer's turn in the backward pass comes
     * before this one's.
     */
    public T tiedTo(String layerName) {
      this.tiedTo = layerName;
      return self();
    }

    /**
     * Trains for coefficients of this many bits (quantization-aware training; NOLA, ICLR 2024,
     * section 3.2): every pass uses the trained vectors as {@link
     * org.nola4j.quantization.Quantizer} rounds them, with one scale per vector from their current
     * values, and the gradient passes through the rounding unchanged (straight-through). DL4J's
     * parameters, which the updater changes, stay unrounded floats; direct parameters and W0 are
     * never rounded.
     *
     * <p>2 to 8 bits; 0, the default, switches it off. Costs one division per coefficient whenever
     * they change, and for methods whose factors are the trained numbers themselves (LoRA, dense) a
     * copy of them and of their gradient. A layer with {@link #tiedTo} uses the other layer's
     * vectors as that one rounds them.
     *
     * @throws IllegalArgumentException for any other number
     */
    public T coefficientBits(int bits) {
      this.coefficientBits = bits == 0 ? 0 : new Quantizer(bits).bits();
      return self();
    }

    /**
     * The updater's learning rate is that of the weights, as in a dense layer, and the rate of each
     * weight's coefficients follows from it:
     *
     * <pre>
     *   rate of coefficients = rate / sqrt(k v)                               one factor (PRANC)
     *   rate of coefficients = rate / (s sqrt(r (k v_A b^2 + a^2 l v_B)))     two factors (NOLA)
     * </pre>
     *
     * where v is the variance of a basis' elements and a and b are the sizes of the factors'
     * elements; see {@link Factorization#elementStep}. The reason: a step of Adam moves each
     * coefficient by about its rate, up or down. An element of W is a sum over k coefficients times
     * random numbers, which then moves by about the rate times sqrt(k v), and k = 4,000
     * coefficients would carry it eleven times as far as 32 do.
     *
     * <p>One rate then serves all layers, methods, ranks, numbers of coefficients, and bases. Begin
     * with 0.003 and try 0.001 to 0.01. An exception are layers with a few dozen coefficients: few
     * directions have to carry W all the way, above all where there is no W0, and up to 0.03 is
     * better for them. Direct parameters (biases, dense weights) keep the rate as it is. {@code
     * LearningRates} and schedules change all rates in proportion.
     *
     * <p>For updaters whose steps are about as long as their rate: Adam and its kin. SGD and
     * Nesterov's are refused when the network is initialized. False, the default, makes the
     * updater's rate that of the coefficients.
     */
    public T scaledRate(boolean scaledRate) {
      this.scaledRate = scaledRate;
      return self();
    }

    final LayerOptions options() {
      LayerOptions options = new LayerOptions();
      options.seed = seed;
      options.tiedTo = tiedTo;
      options.coefficientBits = coefficientBits;
      options.scaledRate = scaledRate;
      return options;
    }

    /** Returns this builder with its own type. */
    @SuppressWarnings("unchecked")
    protected final T self() {
      return (T) this;
    }
  }
}
