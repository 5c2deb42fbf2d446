// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import java.util.Map;
import java.util.function.BiFunction;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nola4j.layers.KernelView;
import org.nola4j.reparameterization.Frozen;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.Reparameterization;
import org.nola4j.transformer.Insertion;

/**
 * How one layer is treated.
 *
 * @param methods of adapters, by weight
 * @param seed of an adapter; null if the plan derives it
 * @param kernelView the matrix view of a convolution's kernel
 * @param updater of the trained parameters; null for the network's own
 * @param insertion what a transformer block gets beside its weights; null for nothing
 */
record Decision(
    Action action,
    Map<String, BiFunction<BaseWeight, FrozenWeight, Reparameterization>> methods,
    Long seed,
    KernelView kernelView,
    IUpdater updater,
    Insertion insertion) {
  enum Action {
    ADAPT,
    TRAIN,
    FREEZE
  }

  /** The method of one weight, frozen if it has no adapter. */
  Reparameterization method(BaseWeight weight, FrozenWeight w0) {
    return methods
        .getOrDefault(weight.name(), (any, frozen) -> new Frozen(frozen))
        .apply(weight, w0);
  }
}
