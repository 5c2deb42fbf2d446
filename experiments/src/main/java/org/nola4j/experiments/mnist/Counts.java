package org.nola4j.experiments.mnist;

import org.deeplearning4j.nn.api.Layer;
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

  /** Of one layer. */
  static ParameterCounts of(ReparameterizedLayer conf, Layer layer) {
    long coefficients = conf.coefficients();
    long frozen =
        conf.factorizations().values().stream()
            .filter(weight -> !(weight.frozen() instanceof FrozenWeight.None))
            .mapToLong(weight -> weight.shape().elements())
            .sum();
    return ParameterCounts.of(coefficients, layer.numParams() - coefficients, 0, 0, frozen);
  }
}
