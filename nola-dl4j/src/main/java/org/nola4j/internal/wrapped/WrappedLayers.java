// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;

/** Creates the runtimes of held layers. */
public final class WrappedLayers {
  private WrappedLayers() {}

  /** The runtime for DL4J's layer inside: with a loss, with a state over time steps, or neither. */
  public static WrappedLayer of(NeuralNetConfiguration conf, DataType type, HeldLayer held) {
    WrappedPass pass = held.pass(type);
    if (pass.base().layer() instanceof IOutputLayer) {
      return new WrappedOutputLayer(conf, type, held, pass);
    }
    return pass.base().recurrent() == null
        ? new WrappedLayer(conf, type, held, pass)
        : new WrappedRecurrentLayer(conf, type, held, pass);
  }
}
