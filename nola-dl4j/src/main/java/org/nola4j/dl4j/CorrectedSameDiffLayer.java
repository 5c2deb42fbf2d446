package org.nola4j.dl4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.autodiff.util.SameDiffUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nola4j.quantization.Quantizer;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;

/**
 * The runtime of every {@link ReparameterizedLayer}.
 *
 * <p>Towards DL4J its parameters are the trained vectors and direct parameters. Towards the graph
 * (the superclass' tables) they are factors and direct parameters: factors are expanded before a
 * pass where the vectors have changed, and their gradients are pulled back after it.
 *
 * <p>It also puts right what DL4J 1.0.0-M2.1 does wrong with SameDiff layers, each pinned by a
 * test:
 *
 * <ul>
 *   <li>Gradients come out doubled, because {@code ExternalErrorsFunction} adds its placeholder
 *       twice; the epsilon is halved, which is exact.
 *   <li>{@code setParam} checks its argument and assigns nothing.
 *   <li>Dropout on the input is never applied.
 * </ul>
 */
public class CorrectedSameDiffLayer extends SameDiffLayer {
  private transient List<MaterializedWeight> weights;
  private transient DirectComputation direct;
  private transient DirectComputation.Arrays arrays;
  private Map<String, INDArray> trained;
  private Map<String, INDArray> trainedGradients;

  /** Direct parameters that are not trained. */
  private final transient Map<String, INDArray> frozen = new LinkedHashMap<>();

  /** The layer whose vectors the weights arise from; null where they are this layer's own. */
  private transient CorrectedSameDiffLayer owner;

  /** Those whose owner this layer is. */
  private final transient List<CorrectedSameDiffLayer> followers = new ArrayList<>();

  /** A follower's gradients of its owner's vectors. */
  private final transient Map<String, INDArray> followerGradients = new LinkedHashMap<>();

  /** Whether these are of the current backward pass, and the owner has not added them yet. */
  private transient boolean followed;

  /** Where the other layers of the network are; null when this one is complete. */
  private transient NetworkUnderConstruction network;

  /**
   * A layer without parameters yet.
   *
   * @param direct its computation; null to run the graph
   */
  protected CorrectedSameDiffLayer(
      NeuralNetConfiguration conf, DataType dataType, DirectComputation direct) {
    super(conf, dataType);
    this.direct = direct;
  }

  /** Says where the other layers of the network are; to be called before there are parameters. */
  void in(NetworkUnderConstruction network) {
    this.network = network;
  }

  ReparameterizedLayer configuration() {
    return (ReparameterizedLayer) layerConf();
  }

  /** Computes by the layer's definition although there is a direct computation; for tests. */
  void useGraph() {
    direct = null;
  }

  /** Takes the trained vectors from another layer; to be called before there are parameters. */
  void follow(CorrectedSameDiffLayer owner) {
    this.owner = owner;
    owner.followers.add(this);
  }

  /** The layer whose vectors the weights arise from; null where they are this layer's own. */
  CorrectedSameDiffLayer owner() {
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
    weights = new ArrayList<>();
    paramTable = new LinkedHashMap<>();
    for (WeightSpec spec : conf.weights()) {
      Factorization factorization = spec.factorize(conf.getSeed());
      List<MaterializedFactor> factors = new ArrayList<>();
      for (Factor factor : factorization.factors()) {
        String name = conf.parameterName(spec, factor);
        MaterializedFactor materialized =
            new MaterializedFactor(name, factor, vector(name, factor), quantizer());
        network
            .sharing(factor.map())
            .ifPresent(basis -> materialized.share(basis, conf.describe()));
        factors.add(materialized);
        paramTable.put(name, materialized.elements());
      }
      weights.add(new MaterializedWeight(spec, factorization, factors, dataType));
    }
    for (String name : conf.trainedParameters().keySet()) {
      paramTable.put(name, trained.get(name));
    }
    conf.directParameters()
        .forEach(
            (name, direct) -> {
              FrozenParameter given = conf.getFrozenParameters().get(name);
              if (given != null) {
                frozen.put(name, given.array(dataType, direct.shape()));
              }
            });
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

  /** The trained vector that a factor arises from. */
  private INDArray vector(String name, Factor factor) {
    if (owner == null) {
      return trained.get(name);
    }
    INDArray vector = owner.trained.get(name);
    long[] shape = ReparameterizedLayer.shape(factor);
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

  /** DL4J does not call this for a layer without parameters, which a follower may be. */
  @Override
  public void setBackpropGradientsViewArray(INDArray view) {
    gradients = view;
    trainedGradients = layerConf().initializer().getGradientsFromFlattened(conf(), view);
    gradTable = new LinkedHashMap<>();
    for (MaterializedWeight weight : weights) {
      for (MaterializedFactor factor : weight.factors()) {
        factor.setGradientView(gradient(factor));
        gradTable.put(factor.name(), factor.gradient());
      }
    }
    Map<String, INDArray> parameterGradients = new LinkedHashMap<>();
    for (String name : configuration().trainedParameters().keySet()) {
      gradTable.put(name, trainedGradients.get(name));
      parameterGradients.put(name, trainedGradients.get(name));
    }
    arrays = new DirectComputation.Arrays(weights, directParameters(), parameterGradients);
  }

  /** Where the gradient of a factor's vector is to be written. */
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
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    followed = false;
    assertInputSet(false);
    applyDropOutIfNecessary(training, workspaces);
    refresh();
    if (direct == null) {
      return super.activate(training, workspaces);
    }
    configuration().validateInput(input);
    return direct.forward(input, directArrays(), maskArray, training, workspaces);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    if (trainedGradients == null && trained.isEmpty()) {
      setBackpropGradientsViewArray(null);
    }
    refresh();
    INDArray below;
    if (direct == null) {
      INDArray half = workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon).muli(0.5);
      below = super.backpropGradient(half, workspaces).getSecond();
    } else {
      below = direct.backward(input, epsilon, directArrays(), maskArray, workspaces);
    }
    boolean tied = owner != null || !followers.isEmpty();
    factors().forEach(tied ? MaterializedFactor::pullBackNow : MaterializedFactor::pullBack);
    followed = owner != null;
    followers.forEach(this::addGradientOf);
    Gradient gradient = new DefaultGradient();
    trainedGradients.forEach((name, view) -> gradient.gradientForVariable().put(name, view));
    return new Pair<>(
        gradient, below == null || !dropoutApplied ? below : backpropDropOutIfPresent(below));
  }

  /**
   * Adds a follower's share. DL4J goes from the output down, so followers, which are above, come
   * first; without one of them the gradient would be wrong.
   */
  private void addGradientOf(CorrectedSameDiffLayer follower) {
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

  /** Asked by whoever needs the gradients before the pass is over. */
  @Override
  public INDArray getGradientsViewArray() {
    factors().forEach(MaterializedFactor::finish);
    return super.getGradientsViewArray();
  }

  /** Asked by DL4J after every backward pass, before it uses the gradients. */
  @Override
  public double calcRegularizationScore(boolean backpropParamsOnly) {
    factors().forEach(MaterializedFactor::endPass);
    return super.calcRegularizationScore(backpropParamsOnly);
  }

  private void refresh() {
    weights.forEach(MaterializedWeight::refresh);
  }

  /** The layer's arrays, up to date with the trained vectors. */
  protected final DirectComputation.Arrays refreshed() {
    refresh();
    return directArrays();
  }

  /** Inference may come before any gradient view was set. */
  private DirectComputation.Arrays directArrays() {
    if (arrays == null) {
      return new DirectComputation.Arrays(weights, directParameters(), Map.of());
    }
    return arrays;
  }

  /** As the superclass', but over factors, with W0 as constants. */
  @Override
  protected void doInit() {
    try (var scope = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      sameDiff = SameDiff.create();
      sameDiff.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
      long[] inputShape = input.shape().clone();
      inputShape[0] = -1;
      SDVariable inputVariable = sameDiff.placeHolder(INPUT_KEY, dataType, inputShape);
      Map<String, SDVariable> variables = new LinkedHashMap<>();
      paramTable.forEach(
          (name, array) -> variables.put(name, sameDiff.var(name, dataType, array.shape())));
      frozen.forEach((name, array) -> variables.put(name, sameDiff.constant(name, array)));
      for (MaterializedWeight weight : weights) {
        if (weight.frozen() != null) {
          sameDiff.constant(GraphWeight.frozenName(weight.spec()), weight.frozen());
        }
      }
      long[] maskShape = new long[inputShape.length];
      Arrays.fill(maskShape, -1);
      SDVariable mask = sameDiff.placeHolder(MASK_KEY, dataType, maskShape);
      outputVar = configuration().defineLayer(sameDiff, inputVariable, variables, mask);
      paramTable.forEach(
          (name, array) -> sameDiff.associateArrayWithVariable(array, sameDiff.getVariable(name)));
      fn = SameDiffUtils.externalErrors(sameDiff, null, outputVar);
      fn.outputVariable();
      outputKey = outputVar.name();
    }
  }
}
