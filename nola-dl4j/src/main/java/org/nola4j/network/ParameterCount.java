// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.weights.FrozenParameter;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.network.NetworkLayer.Role;
import org.nola4j.reparameterization.FrozenWeight;

/**
 * The parameter counts of a network, by kind.
 *
 * @param coefficients that reparameterized weights arise from: alpha and beta, A and B, w, or the
 *     weight itself for the dense method; a folded bias is part of its weight
 * @param biases direct parameters of reparameterized layers: biases, and in transformers the norms'
 *     scales and shifts, class token and positions
 * @param batchNormAffine trained scales and shifts of batch normalizations
 * @param batchNormStatistics running means and variances, which are stored but not trained by
 *     gradient
 * @param other parameters of ordinary layers, for instance of a dense head
 * @param frozen elements of all W0s, seeded or given, and of layers that DL4J holds frozen; a
 *     language model's head that has the embedding's W0 counts once
 */
public record ParameterCount(
    long coefficients,
    long biases,
    long batchNormAffine,
    long batchNormStatistics,
    long other,
    long frozen) {

  private static final String HEAD = "LanguageModelHead";

  /** The count of an initialized network. */
  public static ParameterCount of(MultiLayerNetwork network) {
    return of(NetworkLayer.of(network));
  }

  /** The count of an initialized graph. */
  public static ParameterCount of(ComputationGraph graph) {
    return of(NetworkLayer.of(graph));
  }

  /** The count of one layer of an initialized network. */
  public static ParameterCount of(Layer layer) {
    return of(List.of(NetworkLayer.of(layer)));
  }

  /** Parameters trained by gradient: all but batch-norm statistics and frozen weights. */
  public long trained() {
    return coefficients + biases + batchNormAffine + other;
  }

  /** Numbers in an adapter file: the trained ones and batch-norm statistics. */
  public long stored() {
    return trained() + batchNormStatistics;
  }

  /** Every number that the network computes with. */
  public long all() {
    return stored() + frozen;
  }

  /** For instance {@code trained: 1,064 of 204,874 parameters (0.52 %)}. */
  public String summary() {
    double percent = all() == 0 ? 0 : 100.0 * trained() / all();
    return String.format(
        Locale.ROOT, "trained: %,d of %,d parameters (%.2f %%)", trained(), all(), percent);
  }

  /** The count of some layers. */
  public static ParameterCount of(List<NetworkLayer> layers) {
    long frozen = layers.stream().mapToLong(layer -> frozen(layer, layers)).sum();
    List<NetworkLayer> trained = layers.stream().filter(layer -> !layer.frozen()).toList();
    return new ParameterCount(
        count(trained, Role.COEFFICIENT),
        count(trained, Role.BIAS),
        count(trained, Role.BATCH_NORM_AFFINE),
        count(trained, Role.BATCH_NORM_STATISTIC),
        count(trained, Role.OTHER),
        frozen);
  }

  private static long count(List<NetworkLayer> layers, Role role) {
    long count = 0;
    for (NetworkLayer layer : layers) {
      for (Map.Entry<String, INDArray> parameter : layer.parameters().entrySet()) {
        if (layer.roles().get(parameter.getKey()) == role) {
          count += parameter.getValue().length();
        }
      }
    }
    return count;
  }

  private static long frozen(NetworkLayer layer, List<NetworkLayer> layers) {
    long count = 0;
    for (WeightSpec weight : layer.weights()) {
      if (!(weight.method().w0() instanceof FrozenWeight.None)
          && !isEmbeddings(weight, layer, layers)) {
        count += weight.shape().elements();
      }
    }
    count += layer.frozenParameters().values().stream().mapToLong(FrozenParameter::length).sum();
    if (layer.frozen()) {
      count += layer.parameters().values().stream().mapToLong(INDArray::length).sum();
    }
    return count;
  }

  /** Whether a head's W0 is that of another layer. */
  private static boolean isEmbeddings(
      WeightSpec weight, NetworkLayer layer, List<NetworkLayer> layers) {
    return layer.type().equals(HEAD)
        && weight.method().w0() instanceof FrozenWeight.Given w0
        && layers.stream()
            .filter(other -> !other.name().equals(layer.name()))
            .flatMap(owner -> owner.weights().stream())
            .anyMatch(
                other ->
                    other.method().w0() instanceof FrozenWeight.Given given
                        && given.sha256().equals(w0.sha256()));
  }
}
