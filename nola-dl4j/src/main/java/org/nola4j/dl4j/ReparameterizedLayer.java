package org.nola4j.dl4j;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nola4j.basis.Seeds;
import org.nola4j.reparameterization.Factor;

/**
 * Configuration of a layer with any number of reparameterized weights and directly trained biases.
 *
 * <p>Subclasses say which weights and biases they have, and define the layer's graph over {@link
 * GraphWeight}s; they may also give a {@link DirectComputation} that computes the same without a
 * graph. DL4J's parameters are, weight by weight, the trained vectors ({@code alpha}, {@code beta},
 * ...; {@code weight.alpha} where a layer has several weights), then the biases.
 */
public abstract class ReparameterizedLayer extends SameDiffLayer {
  private Long seed;

  /** For JSON. */
  protected ReparameterizedLayer() {}

  /** From a builder. */
  protected ReparameterizedLayer(Builder<?> builder) {
    super(builder);
    this.seed = builder.seed;
  }

  /** The weights, in an order that never changes. */
  protected abstract List<WeightSpec> weights();

  /**
   * Names and shapes of the directly trained biases, in an order that never changes; they start at
   * zero.
   */
  protected abstract Map<String, long[]> biases();

  /**
   * A computation without a graph, with state of its own for one runtime layer; null to run the
   * graph.
   *
   * @param type of the network's arrays
   */
  protected DirectComputation directComputation(DataType type) {
    return null;
  }

  /**
   * The seed that all bases, anchors, frozen and initial values derive from. Unless given it is
   * derived from the network's seed and the layer's name or index when the network is built.
   */
  public Long getSeed() {
    return seed;
  }

  /** For JSON. */
  public void setSeed(Long seed) {
    this.seed = seed;
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
    for (WeightSpec weight : weights()) {
      for (Factor factor : weight.factorize(0).factors()) {
        long[] shape = factor.parameterShape().stream().mapToLong(Long::longValue).toArray();
        params.addWeightParam(parameterName(weight, factor), shape);
      }
    }
    biases().forEach(params::addBiasParam);
  }

  @Override
  public void initializeParameters(Map<String, INDArray> params) {
    for (WeightSpec weight : weights()) {
      for (Factor factor : weight.factorize(seed).factors()) {
        INDArray param = params.get(parameterName(weight, factor));
        param.assign(
            Nd4j.createFromArray(factor.initialValues())
                .reshape(param.shape())
                .castTo(param.dataType()));
      }
    }
    for (String bias : biases().keySet()) {
      params.get(bias).assign(0);
    }
  }

  @Override
  public org.deeplearning4j.nn.api.Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int layerIndex,
      INDArray paramsView,
      boolean initializeParams,
      DataType dataType) {
    if (seed == null) {
      seed =
          layerName == null
              ? Seeds.derive(conf.getSeed(), layerIndex)
              : Seeds.derive(conf.getSeed(), layerName);
    }
    CorrectedSameDiffLayer layer = new CorrectedSameDiffLayer(conf, dataType);
    layer.setListeners(listeners);
    layer.setIndex(layerIndex);
    layer.setParamsViewArray(paramsView);
    layer.setParamTable(initializer().init(conf, paramsView, initializeParams));
    return layer;
  }

  /** Not part of JSON: it follows from the other fields. */
  @Override
  @JsonIgnore
  public SDLayerParams getLayerParams() {
    return super.getLayerParams();
  }

  @Override
  public List<Regularization> getRegularizationByParam(String paramName) {
    getLayerParams(); // DL4J reads the field that only the getter fills
    return super.getRegularizationByParam(paramName);
  }

  /** What error messages call this layer. */
  protected final String describe() {
    return getClass().getSimpleName() + (layerName == null ? "" : " \"" + layerName + "\"");
  }

  /** All trained numbers but biases: what the method's coefficients amount to. */
  public final long coefficients() {
    return weights().stream().mapToLong(weight -> weight.factorize(0).parameters()).sum();
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

    /**
     * The seed that everything random in this layer derives from; layers of one shape may share it.
     */
    @SuppressWarnings("unchecked")
    public T seed(long seed) {
      this.seed = seed;
      return (T) this;
    }
  }
}
