// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Factor;

/** Tells DL4J the parameters of a {@link ReparameterizedLayer}: their names, order and views. */
final class ReparameterizedParamInitializer implements ParamInitializer {
  static final ReparameterizedParamInitializer INSTANCE = new ReparameterizedParamInitializer();

  private ReparameterizedParamInitializer() {}

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  @Override
  public long numParams(Layer layer) {
    ReparameterizedLayer ours = (ReparameterizedLayer) layer;
    long count =
        shapes(ours).values().stream().mapToLong(ReparameterizedParamInitializer::product).sum();
    NetworkUnderConstruction.asked(ours);
    return count;
  }

  private static long product(long[] shape) {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** Trained vectors, then direct parameters. */
  private static Map<String, long[]> shapes(ReparameterizedLayer layer) {
    Map<String, long[]> shapes = vectors(layer);
    layer.trainedParameters().forEach((name, direct) -> shapes.put(name, direct.shape()));
    return shapes;
  }

  private static Map<String, long[]> vectors(ReparameterizedLayer layer) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (WeightSpec weight : layer.ownWeights()) {
      for (Factor factor : factors(layer, weight)) {
        String name = layer.parameterName(weight, factor);
        if (layer.directParameters().containsKey(name)) {
          throw new IllegalStateException(
              "%s: method %s has a trained vector \"%s\", but this layer has a direct parameter of that name: call the vector something else"
                  .formatted(layer.describe(), weight.method().method(), name));
        }
        shapes.put(name, LayerContract.shape(factor));
      }
    }
    return shapes;
  }

  /** Of a weight, in any layer of a seed: no shape depends on it. */
  private static List<Factor> factors(ReparameterizedLayer layer, WeightSpec weight) {
    try {
      return weight.factorize(0).factors();
    } catch (IllegalArgumentException e) {
      String name = layer.weights().size() == 1 ? "" : ", weight " + weight.name();
      throw new IllegalArgumentException(layer.describe() + name + ": " + e.getMessage(), e);
    }
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return new ArrayList<>(shapes(((ReparameterizedLayer) layer).sized()).keySet());
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return new ArrayList<>(vectors(((ReparameterizedLayer) layer).sized()).keySet());
  }

  /** Direct parameters: for DL4J they are biases, which weight decay leaves alone. */
  @Override
  public List<String> biasKeys(Layer layer) {
    return new ArrayList<>(((ReparameterizedLayer) layer).sized().trainedParameters().keySet());
  }

  /** Called for every existing parameter in every step. */
  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return !isBiasParam(layer, key);
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return biasKeys(layer).contains(key);
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration conf, INDArray view, boolean initialize) {
    Map<String, INDArray> parameters = getGradientsFromFlattened(conf, view);
    if (initialize) {
      LayerContract.initialize((ReparameterizedLayer) conf.getLayer(), parameters);
    }
    parameters.keySet().forEach(conf::addVariable);
    return parameters;
  }

  /** Views in row-major order, of parameters or their gradients. */
  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray view) {
    Map<String, INDArray> views = new LinkedHashMap<>();
    long end = 0;
    for (Map.Entry<String, long[]> entry :
        shapes((ReparameterizedLayer) conf.getLayer()).entrySet()) {
      long start = end;
      end += product(entry.getValue());
      INDArray part = view.reshape(view.length()).get(interval(start, end));
      views.put(entry.getKey(), part.reshape('c', entry.getValue()));
    }
    return views;
  }
}
