// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The pre-activations of a layer: a copy kept from a training pass until the activation function's
 * backward step overwrites it.
 */
public final class PreActivations {
  private INDArray values;

  /** The input that they belong to; null if there is none. */
  private INDArray input;

  /** Notes a forward pass; those in test mode are not kept. */
  public void passed(INDArray input, INDArray preActivations, boolean training) {
    this.input = null;
    if (training) {
      values =
          HostArrays.fitting(values, preActivations.dataType(), preActivations.shape())
              .assign(preActivations);
      this.input = input;
    }
  }

  /**
   * The pre-activations of an input, to be overwritten.
   *
   * @param again computes them if they were not kept: after a pass in test mode, or for a second
   *     backward pass
   */
  public INDArray take(INDArray input, Supplier<INDArray> again) {
    if (this.input != input) {
      passed(input, again.get(), true);
    }
    this.input = null;
    return values;
  }
}
