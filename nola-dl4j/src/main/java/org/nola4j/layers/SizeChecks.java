// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nola4j.internal.runtime.ReparameterizedLayer;

/** Checks of nIn and nOut. */
final class SizeChecks {
  private SizeChecks() {}

  /** The number of outputs, which is never inferred. */
  static void requireNOut(ReparameterizedLayer layer, long nOut) {
    if (nOut < 1) {
      throw new IllegalArgumentException(
          layer.describe() + ": nOut must be at least 1, but is " + nOut);
    }
  }

  /** The number of inputs, which must be set or inferred by now. */
  static long requireNIn(ReparameterizedLayer layer) {
    if (layer.getNIn() < 1) {
      throw new IllegalStateException(
          layer.describe()
              + ": nIn must be at least 1, but is "
              + layer.getNIn()
              + "; set nIn, or the network's input type");
    }
    return layer.getNIn();
  }

  /**
   * Takes the number of inputs from the layer below.
   *
   * @param things what the layer below outputs, for the message
   */
  static void takeNIn(
      ReparameterizedLayer layer,
      long given,
      String things,
      InputType inputType,
      boolean override) {
    if (layer.getNIn() > 0 && !override && layer.getNIn() != given) {
      throw new IllegalStateException(
          layer.describe()
              + ": nIn is set to "
              + layer.getNIn()
              + ", but the layer below gives "
              + given
              + " "
              + things
              + " ("
              + inputType
              + ")");
    }
    layer.setNIn(given);
  }
}
