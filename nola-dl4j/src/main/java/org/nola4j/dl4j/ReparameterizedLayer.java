package org.nola4j.dl4j;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nola4j.basis.Seeds;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Reparameterization;

/**
 * Configuration of a layer with any number of reparameterized weights and direct parameters.
 *
 * <p>Subclasses say which weights and direct parameters they have, and define the layer as a
 * SameDiff graph over {@link GraphWeight}s. The graph is the layer's definition: what it computes
 * in double precision is what the layer is to compute. They may also give a {@link
 * DirectComputation}, which then runs in its place because it is faster and has no graph to keep:
 * every one must give the graph's outputs and gradients up to rounding, as tests of this library's
 * layers check with both. DL4J's parameters are, weight by weight, the trained vectors ({@code
 * alpha}, {@code beta}, ...; {@code weight.alpha} where a layer has several weights), then the
 * direct parameters.
 *
 * <p>A layer may take its coefficients from another one ({@link Builder#coefficientsOf}): then the
 * direct parameters are its only ones.
 */
public abstract class ReparameterizedLayer extends SameDiffLayer {
  private Long seed;
  private String coefficientsOf;
  private int coefficientBits;
  private Map<String, FrozenParameter> frozenParameters = Map.of();

  /** For JSON. */
  protected ReparameterizedLayer() {}

  /** From a builder. */
  protected ReparameterizedLayer(Builder<?> builder) {
    super(builder);
    this.seed = builder.seed;
    this.coefficientsOf = builder.coefficientsOf;
    this.coefficientBits = builder.coefficientBits;
  }

  /** The weights, in an order that never changes. */
  protected abstract List<WeightSpec> weights();

  /**
   * The directly trained parameters by name (biases, a norm's scale and shift), in an order that
   * never changes.
   */
  protected abstract Map<String, DirectParameter> directParameters();

  /** Gives a weight another method. */
  protected abstract void setMethod(String weight, Reparameterization method);

  /** Says that nobody needs the gradient of the input, which not every layer can leave out. */
  protected void omitInputGradient() {}

  /**
   * This layer of a trained network, with frozen weights and direct parameters.
   *
   * @param methods of all weights: adapters, or frozen
   * @param parameters all direct parameters
   * @param inputGradient whether anybody needs the gradient of the input
   */
  public final ReparameterizedLayer frozen(
      Map<String, Reparameterization> methods,
      Map<String, FrozenParameter> parameters,
      boolean inputGradient) {
    ReparameterizedLayer frozen = (ReparameterizedLayer) clone();
    methods.forEach(frozen::setMethod);
    frozen.setFrozenParameters(parameters);
    frozen.setLayerParams(null); // DL4J keeps what they were
    if (!inputGradient) {
      frozen.omitInputGradient();
    }
    return frozen;
  }

  /** With an updater and dropout of its own, both of which have state; DL4J would share them. */
  @Override
  public Layer clone() {
    Layer clone = super.clone();
    ReparameterizedLayer ours = (ReparameterizedLayer) clone;
    ours.setUpdater(getUpdater() == null ? null : getUpdater().clone());
    ours.setBiasUpdater(getBiasUpdater() == null ? null : getBiasUpdater().clone());
    ours.setIDropout(getIDropout() == null ? null : getIDropout().clone());
    return clone;
  }

  /** Those direct parameters that are trained. */
  final Map<String, DirectParameter> trainedParameters() {
    Map<String, DirectParameter> trained = new LinkedHashMap<>(directParameters());
    trained.keySet().removeAll(frozenParameters.keySet());
    return trained;
  }

  /**
   * The size of a convolution's kernel, [height, width]; empty for other layers. The weight's
   * matrix then has the elements of [out, height, in, width].
   */
  protected List<Integer> kernel() {
    return List.of();
  }

  /** What adapter files and reports call layers of this kind; the simple class name. */
  public String typeName() {
    return getClass().getSimpleName();
  }

  /**
   * Parameters beside the weights that the layer keeps outside DL4J's and never trains, by name;
   * none unless the layer is of a trained network that was wrapped.
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public final Map<String, FrozenParameter> getFrozenParameters() {
    return frozenParameters;
  }

  /** For JSON. */
  public final void setFrozenParameters(Map<String, FrozenParameter> frozenParameters) {
    this.frozenParameters = Collections.unmodifiableMap(new LinkedHashMap<>(frozenParameters));
  }

  /**
   * A computation without a graph, with state of its own for one runtime layer; null, the default,
   * to run the graph.
   *
   * @param type of the network's arrays
   */
  protected DirectComputation directComputation(DataType type) {
    return null;
  }

  /**
   * The seed that all bases, anchors, frozen and initial values derive from. Unless given it is
   * derived from the network's seed and the layer's name or index when the network is built, and is
   * then part of this configuration: who builds a second network, of another seed, needs a new
   * layer.
   */
  public Long getSeed() {
    return seed;
  }

  /** For JSON. */
  public void setSeed(Long seed) {
    this.seed = seed;
  }

  /**
   * The name of the layer whose trained vectors this layer's weights arise from, or null where it
   * has its own.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public String getCoefficientsOf() {
    return coefficientsOf;
  }

  /** For JSON. */
  public void setCoefficientsOf(String coefficientsOf) {
    this.coefficientsOf = coefficientsOf;
  }

  /**
   * The bits that trained vectors are rounded to in every pass (see {@link
   * Builder#coefficientBits}), or 0 where they are used as they are.
   */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public int getCoefficientBits() {
    return coefficientBits;
  }

  /** For JSON. */
  public void setCoefficientBits(int coefficientBits) {
    this.coefficientBits = coefficientBits;
  }

  /** The weights whose trained vectors are this layer's own. */
  private List<WeightSpec> ownWeights() {
    return coefficientsOf == null ? weights() : List.of();
  }

  /** The shape of a factor's trained vector. */
  static long[] shape(Factor factor) {
    return factor.parameterShape().stream().mapToLong(Long::longValue).toArray();
  }

  /** The name of a factor's trained vector among DL4J's parameters. */
  protected final String parameterName(WeightSpec weight, Factor factor) {
    return weight.parameterName(factor, weights().size());
  }

  /** The weight called {@code name} as the graph sees it; for use in {@code defineLayer}. */
  protected final GraphWeight graphWeight(
      String name,
      org.nd4j.autodiff.samediff.SameDiff graph,
      Map<String, org.nd4j.autodiff.samediff.SDVariable> variables) {
    for (WeightSpec weight : weights()) {
      if (weight.name().equals(name)) {
        return GraphWeight.of(this, weight, graph, variables);
      }
    }
    throw new IllegalArgumentException(describe() + " has no weight \"" + name + "\"");
  }

  @Override
  public void defineParameters(SDLayerParams params) {
    params.clear();
    // Shapes do not depend on the seed, which may not be known yet.
    for (WeightSpec weight : ownWeights()) {
      for (Factor factor : weight.factorize(0).factors()) {
        String name = parameterName(weight, factor);
        if (directParameters().containsKey(name)) {
          throw new IllegalStateException(
              "%s: method %s has a trained vector \"%s\", but this layer has a direct parameter of that name: call the vector something else"
                  .formatted(describe(), weight.method().method(), name));
        }
        params.addWeightParam(name, shape(factor));
      }
    }
    // For DL4J they are biases, which weight decay leaves alone.
    trainedParameters().forEach((name, direct) -> params.addBiasParam(name, direct.shape()));
  }

  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    for (WeightSpec weight : ownWeights()) {
      for (Factor factor : weight.factorize(seed).factors()) {
        HostArrays.fill(params.get(parameterName(weight, factor)), factor.initial()::at);
      }
    }
    trainedParameters()
        .forEach((name, direct) -> direct.initialize(params.get(name), Seeds.derive(seed, name)));
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int layerIndex,
      INDArray paramsView,
      boolean initializeParams,
      DataType dataType) {
    if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE) {
      throw new IllegalArgumentException(
          describe() + " computes in DataType.FLOAT or DOUBLE, but the network is of " + dataType);
    }
    if (seed == null) {
      seed =
          layerName == null
              ? Seeds.derive(conf.getSeed(), layerIndex)
              : Seeds.derive(conf.getSeed(), layerName);
    }
    NetworkUnderConstruction network = NetworkUnderConstruction.instantiating();
    CorrectedSameDiffLayer layer = runtime(conf, dataType);
    layer.in(network);
    layer.setListeners(listeners);
    layer.setIndex(layerIndex);
    layer.setParamsViewArray(paramsView);
    if (coefficientsOf != null) {
      layer.follow(owner(network));
    }
    layer.setParamTable(initializer().init(conf, paramsView, initializeParams));
    network.add(layerName, layer);
    return layer;
  }

  /** A runtime layer without parameters yet. */
  protected CorrectedSameDiffLayer runtime(NeuralNetConfiguration conf, DataType dataType) {
    return new CorrectedSameDiffLayer(conf, dataType, directComputation(dataType));
  }

  private CorrectedSameDiffLayer owner(NetworkUnderConstruction network) {
    CorrectedSameDiffLayer owner = network.find(coefficientsOf);
    if (owner == null) {
      throw new IllegalStateException(
          describe()
              + " takes its coefficients from \""
              + coefficientsOf
              + "\", but the network has no reparameterized layer of that name before this one");
    }
    String next = owner.configuration().coefficientsOf;
    if (next != null) {
      throw new IllegalStateException(
          describe()
              + " takes its coefficients from \""
              + coefficientsOf
              + "\", which has none of its own: take them from \""
              + next
              + "\", as it does");
    }
    if (coefficientBits != 0 && coefficientBits != owner.configuration().coefficientBits) {
      throw new IllegalStateException(
          describe()
              + " has coefficientBits = "
              + coefficientBits
              + ", but takes its coefficients from \""
              + coefficientsOf
              + "\", which has coefficientBits = "
              + owner.configuration().coefficientBits
              + ": set the same, or none here");
    }
    return owner;
  }

  /** Tells a {@link NetworkUnderConstruction} of this layer. */
  @Override
  public ParamInitializer initializer() {
    return NetworkUnderConstruction.INITIALIZER;
  }

  /** Not part of JSON: it follows from the other fields. */
  @Override
  @JsonIgnore
  public SDLayerParams getLayerParams() {
    try {
      return super.getLayerParams();
    } catch (IllegalStateException | IllegalArgumentException e) {
      setLayerParams(null); // DL4J keeps what it has not filled
      throw e;
    }
  }

  @Override
  public List<Regularization> getRegularizationByParam(String paramName) {
    getLayerParams(); // DL4J reads the field that only the getter fills
    return super.getRegularizationByParam(paramName);
  }

  /** Whether all fields but the subclass' own are equal; for its {@code equals}. */
  protected final boolean equalsInCommon(ReparameterizedLayer that) {
    getLayerParams();
    that.getLayerParams();
    return super.equals(that)
        && Objects.equals(seed, that.seed)
        && Objects.equals(coefficientsOf, that.coefficientsOf)
        && coefficientBits == that.coefficientBits
        && frozenParameters.equals(that.frozenParameters);
  }

  /** What error messages call this layer. */
  protected final String describe() {
    return getClass().getSimpleName() + (layerName == null ? "" : " \"" + layerName + "\"");
  }

  /**
   * All trained numbers but direct parameters: what the method's coefficients amount to; 0 where
   * they are another layer's.
   */
  public final long coefficients() {
    return ownWeights().stream().mapToLong(weight -> weight.factorize(0).parameters()).sum();
  }

  /** The factor names and shapes by weight, for adapters and reports. */
  public final Map<String, org.nola4j.reparameterization.Factorization> factorizations() {
    Map<String, org.nola4j.reparameterization.Factorization> result = new LinkedHashMap<>();
    weights()
        .forEach(weight -> result.put(weight.name(), weight.factorize(seed == null ? 0 : seed)));
    return result;
  }

  /** Builder of the common fields. */
  public abstract static class Builder<T extends Builder<T>> extends SameDiffLayer.Builder<T> {
    private Long seed;
    private String coefficientsOf;
    private int coefficientBits;

    /**
     * The seed that everything random in this layer derives from; layers of one shape may share it.
     */
    public T seed(long seed) {
      this.seed = seed;
      return self();
    }

    /**
     * The name of a layer below (in a {@code MultiLayerNetwork} {@code layer0} and so on unless
     * given) whose trained vectors this layer's weights are to arise from: one vector alpha then
     * serves many layers, as in PRANC. Bases and W0 stay this layer's own, from its own seed, and
     * so do direct parameters. Both layers' methods must have vectors of the same names and shapes,
     * which those of PRANC, HashedNet and NOLA are whatever the weights' shapes.
     *
     * <p>Null, the default, gives the layer vectors of its own. A pass costs as much either way.
     *
     * <p>Building the network fails with an {@link IllegalStateException} if there is no such layer
     * or its vectors differ, and training does if that layer's turn in the backward pass comes
     * before this one's.
     */
    public T coefficientsOf(String layerName) {
      this.coefficientsOf = layerName;
      return self();
    }

    /**
     * Trains for coefficients of so many bits (quantisation-aware training; NOLA, ICLR 2024,
     * section 3.2): every pass uses the trained vectors as {@link
     * org.nola4j.quantization.Quantizer} rounds them, with a scale a vector from their present
     * values, and the gradient passes through the rounding as if it were not there
     * (straight-through). DL4J's parameters, which the updater changes, stay unrounded floats;
     * direct parameters and W0 are never rounded.
     *
     * <p>2 to 8 bits; 0, the default, switches it off. Costs a division a coefficient whenever they
     * change, and for methods whose factors are the trained numbers themselves (LoRA, dense) a copy
     * of them and of their gradient. A layer with {@link #coefficientsOf} uses the other layer's
     * vectors as that one rounds them.
     *
     * @throws IllegalArgumentException for any other number
     */
    public T coefficientBits(int bits) {
      this.coefficientBits = bits == 0 ? 0 : new Quantizer(bits).bits();
      return self();
    }

    /** This, as what it is. */
    @SuppressWarnings("unchecked")
    protected final T self() {
      return (T) this;
    }
  }
}
