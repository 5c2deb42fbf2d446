// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transfer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Reads the weights of a trained network that is not in memory as a whole, one at a time: {@link
 * Adapters#read(org.deeplearning4j.nn.conf.ComputationGraphConfiguration, ParameterReader,
 * AdapterPlan)}.
 */
@FunctionalInterface
public interface ParameterReader {
  /**
   * Reads one weight or directly trained parameter. It is asked for once at most, and the caller
   * releases the array.
   *
   * @param layer its name
   * @param parameter the weight's name, such as {@code gate}, or the parameter's, such as {@code
   *     norm1.gamma}
   * @return float32, row-major, in the layer's shape: [inputs, outputs] of a weight
   */
  INDArray read(String layer, String parameter);
}
