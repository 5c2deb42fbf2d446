// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.RuntimeLayer;

/** The runtime of {@link NolaDense}, named for summaries. */
final class NolaDenseLayer extends RuntimeLayer {
  NolaDenseLayer(NeuralNetConfiguration conf, DataType type, DirectComputation direct) {
    super(conf, type, direct);
  }
}
