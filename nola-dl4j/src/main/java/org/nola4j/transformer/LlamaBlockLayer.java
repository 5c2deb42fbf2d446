// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.nd4j.linalg.api.buffer.DataType;
import org.nola4j.internal.runtime.DirectComputation;
import org.nola4j.internal.runtime.RuntimeLayer;

/** The runtime of {@link LlamaBlock}, named for summaries. */
final class LlamaBlockLayer extends RuntimeLayer {
  LlamaBlockLayer(NeuralNetConfiguration conf, DataType type, DirectComputation direct) {
    super(conf, type, direct);
  }

  /** The layer's arrays, up to date with what is trained. */
  DirectComputation.Arrays arrays() {
    return refreshed();
  }
}
