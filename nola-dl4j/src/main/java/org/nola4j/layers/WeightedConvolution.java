// SPDX-License-Identifier: Apache-2.0
package org.nola4j.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.onednn.Convolution;
import org.nola4j.internal.weights.MaterializedWeight;

/** The convolution of inputs of one shape with a reparameterized kernel, in NHWC. */
interface WeightedConvolution {
  /**
   * Computes the pre-activations z.
   *
   * @param bias null if the shape has no bias
   */
  void forward(INDArray x, MaterializedWeight weight, INDArray bias, INDArray z);

  /**
   * Writes the gradients of the weight's factors, of the bias and of the input.
   *
   * @param biasGradient null where there is no bias, or it is not trained
   * @param below the gradient of the input; null if it is not needed
   */
  void backward(
      INDArray x, INDArray dz, MaterializedWeight weight, INDArray biasGradient, INDArray below);

  /** Forms the kernel from its factors. */
  record Formed(Convolution convolution) implements WeightedConvolution {
    @Override
    public void forward(INDArray x, MaterializedWeight weight, INDArray bias, INDArray z) {
      convolution.forward(x, weight.matrix(), bias, z);
    }

    @Override
    public void backward(
        INDArray x, INDArray dz, MaterializedWeight weight, INDArray biasGradient, INDArray below) {
      if (weight.isTrained()) {
        convolution.backwardWeights(x, dz, weight.matrixGradient(), biasGradient);
        weight.distributeGradient();
      } else if (biasGradient != null) {
        biasGradient.assign(dz.sum(0, 1, 2).reshape(biasGradient.shape()));
      }
      if (below != null) {
        convolution.backwardData(dz, weight.matrix(), below);
      }
    }
  }
}
