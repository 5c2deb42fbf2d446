// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nola4j.internal.arrays.HostArrays;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.MaterializedFactor;
import org.nola4j.internal.weights.MaterializedWeight;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;

/**
 * The runtime of every {@link ReparameterizedLayer}.
 *
 * <p>DL4J sees the trained vectors and direct parameters. The computation sees factors and direct
 * parameters: factors are expanded before a pass if the vectors have changed, and their gradients
 * are pulled back after it.
 *
 * <p>Subclasses differ only in their names, which DL4J's summaries show.
 */
public class RuntimeLayer extends AbstractLayer<BaseLayer> {
  private transient List<MaterializedWeight> weights;
  private transient DirectComputation computation;
  private transient DirectComputation.Arrays arrays;

  /** DL4J's view of this layer's parameters and of their gradients. */
  private INDArray params;

  private INDArray gradients;
  private Map<String, INDArray> trained;
  private Map<String, INDArray> trainedGradients;

  /** Direct parameters that are not trained. */
  private final transient Map<String, INDArray> frozen = new LinkedHashMap<>();

  /** The layer whose vectors the weights use; null if they are this layer's own. */
  private transient RuntimeLayer owner;

  /** The layers that use this layer's vectors. */
  private final transient List<RuntimeLayer> followers = new ArrayList<>();

  /** A follower's gradients of its owner's vectors. */
  private final transient Map<String, INDArray> followerGradients = new LinkedHashMap<>();

  /** Whether these are of the current backward pass, and the owner has not added them yet. */
  private transient boolean followed;

  /** The network's other layers; null once this one is complete. */
  private transient NetworkUnderConstruction network;

  /**
   * A layer without parameters yet.
   *
   * @param direct its computation; null to run the graph
   */
  public RuntimeLayer(NeuralNetConfiguration conf, DataType dataType, DirectComputation direct) {
    super(conf, dataType);
    this.computation = direct;
    if (direct == null) {
      useGraph();
    }
  }

  final ReparameterizedLayer configuration() {
    return (ReparameterizedLayer) conf.getLayer();
  }

  /** Runs the layer's graph instead of the direct computation; for tests. */
  final void useGraph() {
    computation = new GraphComputation(configuration(), dataType);
  }

  /** Sets the network; call before parameters are set. */
  final void join(NetworkUnderConstruction network) {
    this.network = network;
  }

  /** Uses the trained vectors of another layer; call before parameters are set. */
  void follow(RuntimeLayer owner) {
    this.owner = owner;
    owner.followers.add(this);
  }

  /** The layer whose vectors the weights use; null if they are this layer's own. */
  public RuntimeLayer owner() {
    return owner;
  }

  // ---------------------------------------------------------------- parameters, as DL4J sees them

  @Override
  public void setParamTable(Map<String, INDArray> table) {
    if (trained != null) {
      table.forEach(this::setParam);
      return;
    }
    trained = table;
    materialize();
    network = null;
  }

  private void materialize() {
    ReparameterizedLayer conf = configuration();
    weights = materialize(this::vector, (factor, materialized) -> share(factor, materialized));
    conf.directParameters()
        .forEach(
            (name, direct) -> {
              FrozenParameter given = conf.getFrozenParameters().get(name);
              if (given != null) {
                frozen.put(name, given.array(dataType, direct.shape()));
              }
            });
  }

  /** Registers the factors of the network that are expanded and pulled back together. */
  private void share(Factor factor, MaterializedFactor materialized) {
    network
        .sharing(factor.map())
        .ifPresent(basis -> materialized.share(basis, configuration().describe()));
  }

  /**
   * The layer's weights over vectors stored anywhere.
   *
   * @param vectors gives the vector of a factor, by name
   * @param made called with each factor
   */
  private List<MaterializedWeight> materialize(
      BiFunction<String, Factor, INDArray> vectors, BiConsumer<Factor, MaterializedFactor> made) {
    ReparameterizedLayer conf = configuration();
    List<MaterializedWeight> result = new ArrayList<>();
    for (WeightSpec spec : conf.weights()) {
      Factorization factorization = spec.factorize(conf.getSeed());
      List<MaterializedFactor> factors = new ArrayList<>();
      for (Factor factor : factorization.factors()) {
        String name = conf.parameterName(spec, factor);
        MaterializedFactor materialized =
            new MaterializedFactor(name, factor, vectors.apply(name, factor), quantizer());
        made.accept(factor, materialized);
        factors.add(materialized);
      }
      result.add(
          new MaterializedWeight(spec, factorization, factors, conf.getAdapterDropout(), dataType));
    }
    return result;
  }

  /** The layer's weights with other values of its parameters. */
  List<MaterializedWeight> weightsOver(Map<String, INDArray> values) {
    requireOwnVectors();
    return materialize((name, factor) -> values.get(name), (factor, materialized) -> {});
  }

  private void requireOwnVectors() {
    if (owner != null || !followers.isEmpty()) {
      throw new UnsupportedOperationException(
          configuration().describe()
              + " shares its coefficients with another layer: examples of one batch cannot have"
              + " adapters of their own here, give each adapter a batch");
    }
  }

  /** All direct parameters, trained or not. */
  private Map<String, INDArray> directParameters() {
    Map<String, INDArray> parameters = new LinkedHashMap<>(frozen);
    configuration().trainedParameters().keySet().forEach(n -> parameters.put(n, trained.get(n)));
    return parameters;
  }

  /** What rounds the trained vectors in every pass, or null. */
  private Quantizer quantizer() {
    int bits = (owner == null ? this : owner).configuration().getCoefficientBits();
    return bits == 0 ? null : new Quantizer(bits);
  }

  /** The trained vector that a factor is computed from. */
  private INDArray vector(String name, Factor factor) {
    if (owner == null) {
      return trained.get(name);
    }
    INDArray vector = owner.trained.get(name);
    long[] shape = LayerContract.shape(factor);
    if (vector == null || !Arrays.equals(vector.shape(), shape)) {
      throw new IllegalStateException(
          configuration().describe()
              + " takes its coefficients from "
              + owner.configuration().describe()
              + " and needs \""
              + name
              + "\" of shape "
              + Arrays.toString(shape)
              + ", but finds "
              + (vector == null
                  ? "only " + owner.trained.keySet()
                  : Arrays.toString(vector.shape())));
    }
    return vector;
  }

  /** DL4J does not call this for layers without parameters, such as some followers. */
  @Override
  public void setBackpropGradientsViewArray(INDArray view) {
    if (view != null && view.length() != numParams()) {
      throw new IllegalArgumentException(
          configuration().describe()
              + " has "
              + numParams()
              + " parameters, but the view for their gradients has "
              + view.length()
              + " elements");
    }
    gradients = view;
    trainedGradients =
        ReparameterizedParamInitializer.INSTANCE.getGradientsFromFlattened(conf, view);
    factors().forEach(factor -> factor.setGradientView(gradient(factor)));
    Map<String, INDArray> parameterGradients = new LinkedHashMap<>();
    for (String name : configuration().trainedParameters().keySet()) {
      parameterGradients.put(name, trainedGradients.get(name));
    }
    arrays = new DirectComputation.Arrays(weights, directParameters(), parameterGradients);
  }

  /** The array for the gradient of a factor's vector. */
  private INDArray gradient(MaterializedFactor factor) {
    if (owner == null) {
      return trainedGradients.get(factor.name());
    }
    return followerGradients.computeIfAbsent(
        factor.name(),
        name -> {
          INDArray vector = owner.trained.get(name);
          return HostArrays.allocate(vector.dataType(), vector.shape());
        });
  }

  @Override
  public Map<String, INDArray> paramTable(boolean backpropParamsOnly) {
    return trained;
  }

  @Override
  public INDArray params() {
    return params;
  }

  @Override
  public long numParams() {
    return params == null ? 0 : params.length();
  }

  @Override
  public void setParamsViewArray(INDArray view) {
    params = view;
  }

  @Override
  public void setParams(INDArray values) {
    long length = values == null ? 0 : values.length();
    if (length != numParams()) {
      throw new IllegalArgumentException(
          configuration().describe()
              + " has "
              + numParams()
              + " parameters, but was given "
              + length);
    }
    if (params != null) {
      params.assign(values.reshape(params.shape()));
    }
  }

  @Override
  public INDArray getParam(String name) {
    return trained.get(name);
  }

  @Override
  public void setParam(String name, INDArray value) {
    INDArray current = trained.get(name);
    if (current == null) {
      throw new IllegalArgumentException(
          configuration().describe()
              + " has no parameter \""
              + name
              + "\", only "
              + trained.keySet());
    }
    if (!Arrays.equals(current.shape(), value.shape())) {
      throw new IllegalArgumentException(
          configuration().describe()
              + ": parameter \""
              + name
              + "\" has shape "
              + Arrays.toString(current.shape())
              + ", but the value given has shape "
              + Arrays.toString(value.shape()));
    }
    current.assign(value);
  }

  // ---------------------------------------------------------------- passes

  @Override
  public void setInput(INDArray input, LayerWorkspaceMgr workspaces) {
    super.setInput(Inputs.cast(input, dataType, workspaces), workspaces);
  }

  @Override
  public Pair<INDArray, MaskState> feedForwardMaskArray(
      INDArray mask, MaskState state, int minibatchSize) {
    maskArray = mask;
    maskState = state;
    return configuration().feedForwardMaskArray(mask, state, minibatchSize);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    followed = false;
    assertInputSet(false);
    applyDropOutIfNecessary(training, workspaces);
    refresh(training);
    configuration().validateInput(input);
    return computation.forward(input, arrays(), maskArray, training, workspaces);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    if (trainedGradients == null && trained.isEmpty()) {
      setBackpropGradientsViewArray(null);
    }
    refresh(true);
    INDArray below = computation.backward(input, epsilon, arrays(), maskArray, workspaces);
    boolean tied = owner != null || !followers.isEmpty();
    factors().forEach(tied ? MaterializedFactor::pullBackNow : MaterializedFactor::pullBack);
    followed = owner != null;
    followers.forEach(this::addGradientOf);
    Gradient gradient = new DefaultGradient();
    trainedGradients.forEach((name, view) -> gradient.setGradientFor(name, view, 'c'));
    return new Pair<>(
        gradient, below == null || !dropoutApplied ? below : backpropDropOutIfPresent(below));
  }

  /**
   * Adds a follower's share. DL4J goes from the output down, so followers, which are above, come
   * first; without one of them the gradient would be wrong.
   */
  private void addGradientOf(RuntimeLayer follower) {
    if (!follower.followed) {
      throw new IllegalStateException(
          follower.configuration().describe()
              + " takes its coefficients from "
              + configuration().describe()
              + ", but had no gradient for them in this pass: it must come after that layer, lie on"
              + " the way to the loss, and not be frozen while that layer is trained");
    }
    follower.followed = false;
    follower.followerGradients.forEach((name, share) -> trainedGradients.get(name).addi(share));
  }

  /** The weights, with factors as of the last pass. */
  List<MaterializedWeight> weights() {
    return weights;
  }

  private Stream<MaterializedFactor> factors() {
    return weights.stream().flatMap(weight -> weight.factors().stream());
  }

  /** Called by code that needs the gradients before the pass is over. */
  @Override
  public INDArray getGradientsViewArray() {
    factors().forEach(MaterializedFactor::finish);
    return gradients;
  }

  /** The regularization's share of the score; DL4J asks for it after every backward pass. */
  @Override
  public double calcRegularizationScore(boolean backpropParamsOnly) {
    factors().forEach(MaterializedFactor::endPass);
    double score = 0;
    for (Map.Entry<String, INDArray> parameter : trained.entrySet()) {
      List<Regularization> terms = layerConf().getRegularizationByParam(parameter.getKey());
      for (Regularization term : terms == null ? List.<Regularization>of() : terms) {
        score += term.score(parameter.getValue(), iterationCount, epochCount);
      }
    }
    return score;
  }

  private void refresh(boolean training) {
    for (MaterializedWeight weight : weights) {
      weight.refresh();
      weight.setTraining(training);
    }
  }

  /** The layer's arrays for inference, up to date with the trained vectors. */
  protected final DirectComputation.Arrays refreshed() {
    refresh(false);
    return arrays();
  }

  /**
   * The parameters of this layer as {@link ReparameterizedLayer#plain} has them: weights as they
   * take part in outputs, and all direct parameters; do not write to them.
   */
  public final Map<String, INDArray> plainParameters() {
    ReparameterizedLayer plain = configuration().plain();
    Map<String, INDArray> parameters = new LinkedHashMap<>();
    List<MaterializedWeight> formed = refreshed().weights();
    for (int i = 0; i < formed.size(); i++) {
      parameters.put(plain.matrixName(plain.weights().get(i)), formed.get(i).matrix());
    }
    parameters.putAll(arrays().parameters());
    return parameters;
  }

  /** Inference may come before any gradient view was set. */
  private DirectComputation.Arrays arrays() {
    if (arrays == null) {
      return new DirectComputation.Arrays(weights, directParameters(), Map.of());
    }
    return arrays;
  }

  // ---------------------------------------------------------------- examples of many adapters

  /**
   * Whether {@link #mix} is possible: only low-rank weights are trained, and the computation
   * multiplies by them factor by factor.
   */
  public final boolean mixes() {
    return configuration().trainedParameters().isEmpty()
        && computation.multipliesByFactors()
        && weights.stream().allMatch(weight -> !weight.isTrained() || weight.isLowRank());
  }

  /**
   * Until {@link #unmix}, inference uses each example's factors as given by the shares; the frozen
   * weights are still multiplied with the whole batch at once.
   */
  public final void mix(List<BatchShare> shares) {
    for (int i = 0; i < weights.size(); i++) {
      int index = i;
      weights.get(i).setShares(shares.stream().map(share -> share.of(index)).toList());
    }
  }

  /** Lets passes use the layer's own factors again. */
  public final void unmix() {
    mix(List.of());
  }

  // ---------------------------------------------------------------- what has no meaning here

  /** Layers are trained as parts of networks only. */
  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  /** There is none: see {@link ReparameterizedFeedForwardLayer#setWeightNoise}. */
  @Override
  public void clearNoiseWeightParams() {}

  /** Clone the network, which makes new layers of its configuration. */
  @Override
  public Layer clone() {
    throw new UnsupportedOperationException(
        configuration().describe() + " cannot be cloned by itself: clone its network");
  }
}
