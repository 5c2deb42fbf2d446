package org.nola4j.experiments.network;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.nola4j.accounting.ParameterCount;
import org.nola4j.dl4j.ReparameterizedLayer;
import org.nola4j.experiments.results.ParameterCounts;
import org.nola4j.reparameterization.FrozenWeight;

/** The library's counts as results have them. */
final class Counts {
  private Counts() {}

  /**
   * Of a network; whatever ordinary layers train counts as coefficients, since nothing generates
   * it.
   */
  static ParameterCounts of(ParameterCount count) {
    return ParameterCounts.of(
        count.coefficients() + count.other(),
        count.biases(),
        count.batchNormAffine(),
        count.batchNormStatistics(),
        count.frozen());
  }

  /** Of each layer with parameters. */
  static Map<String, ParameterCounts> of(Map<String, Layer> layers) {
    Map<String, ParameterCounts> counts = new LinkedHashMap<>();
    layers.forEach(
        (name, layer) -> {
          if (layer.numParams() > 0) {
            counts.put(name, of(layer));
          }
        });
    return counts;
  }

  private static ParameterCounts of(Layer layer) {
    var conf = layer.conf().getLayer();
    long all = layer.numParams();
    if (conf instanceof ReparameterizedLayer reparameterized) {
      long coefficients = reparameterized.coefficients();
      return ParameterCounts.of(coefficients, all - coefficients, 0, 0, frozen(reparameterized));
    }
    // Deeplearning4j holds scale, shift, mean and variance as four vectors of equal length.
    return conf instanceof BatchNormalization
        ? ParameterCounts.of(0, 0, all / 2, all / 2, 0)
        : ParameterCounts.of(all, 0, 0, 0, 0);
  }

  private static long frozen(ReparameterizedLayer conf) {
    return conf.factorizations().values().stream()
        .filter(weight -> !(weight.frozen() instanceof FrozenWeight.None))
        .mapToLong(weight -> weight.shape().elements())
        .sum();
  }
}
