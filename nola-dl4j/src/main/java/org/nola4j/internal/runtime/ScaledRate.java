// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.runtime;

import java.util.Set;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.nola4j.internal.weights.WeightSpec;
import org.nola4j.reparameterization.Factor;
import org.nola4j.reparameterization.Factorization;

/**
 * A multiple of another updater's learning rate, which it follows: schedules and {@code
 * LearningRates} change both.
 */
record ScaledRate(IUpdater updater, double factor) implements ISchedule {
  /** Their steps grow with the gradient, so no factor of the rate makes them equally long. */
  private static final Set<Class<?>> STEPS_OF_GRADIENTS_SIZE = Set.of(Sgd.class, Nesterovs.class);

  /** Fails for an updater that does not suit a scaled rate. */
  static void check(ReparameterizedLayer layer) {
    for (WeightSpec weight : layer.ownWeights()) {
      for (Factor factor : weight.factorize(0).factors()) {
        ((BaseLayer) layer).getUpdaterByParam(layer.parameterName(weight, factor));
      }
    }
  }

  /**
   * The updater of a layer's parameter.
   *
   * @param set the layer's updater, whose rate is that of weights if the layer's rate is scaled
   */
  static IUpdater updater(ReparameterizedLayer layer, String parameter, IUpdater set) {
    if (!layer.isScaledRate() || set == null || !set.hasLearningRate()) {
      return set;
    }
    double elementStep = elementStep(layer, parameter);
    if (elementStep == 1) {
      return set;
    }
    if (STEPS_OF_GRADIENTS_SIZE.contains(set.getClass())) {
      throw new IllegalStateException(
          "%s: scaledRate needs an updater whose steps do not grow with the gradient, such as Adam, but the updater is %s: take another, or leave scaledRate out and set a rate for the coefficients"
              .formatted(layer.describe(), set));
    }
    IUpdater scaled = set.clone();
    scaled.setLrAndSchedule(Double.NaN, new ScaledRate(set, 1 / elementStep));
    return scaled;
  }

  /** The element step of a trained vector's weight; 1 for direct parameters. */
  private static double elementStep(ReparameterizedLayer layer, String parameter) {
    long seed = layer.getSeed() == null ? 0 : layer.getSeed();
    for (WeightSpec weight : layer.ownWeights()) {
      Factorization factorization = weight.factorize(seed);
      for (Factor factor : factorization.factors()) {
        if (layer.parameterName(weight, factor).equals(parameter)) {
          return factorization.elementStep();
        }
      }
    }
    return 1;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    return factor * updater.getLearningRate(iteration, epoch);
  }

  @Override
  @SuppressWarnings("MethodDoesntCallSuperMethod")
  public ISchedule clone() {
    return this; // it has to follow the same updater
  }
}
