// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.arrays;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nola4j.internal.onednn.Elementwise;
import org.nola4j.internal.onednn.OneDnn;

/**
 * The backward step of a layer's activation function. ND4J's for ReLU takes ten times as long as
 * oneDNN's, and its softmax mixes up the elements of arrays whose orders differ.
 */
public final class ActivationGradient {
  private final IActivation activation;
  private final boolean plainRelu;
  private Elementwise relu;
  private long length = -1;

  /** For one layer. */
  public ActivationGradient(IActivation activation) {
    this.activation = activation;
    this.plainRelu = isPlainRelu(activation);
  }

  /** Without a maximum, a threshold, or a slope of negative numbers. */
  private static boolean isPlainRelu(IActivation activation) {
    return activation.getClass() == ActivationReLU.class && activation.equals(new ActivationReLU());
  }

  /**
   * The gradient of the pre-activations z, which are row-major, and which it overwrites.
   *
   * @param epsilon gradient of the activations; returned as it is by the identity, which does not
   *     look at z
   */
  public INDArray of(INDArray z, INDArray epsilon) {
    if (activation instanceof ActivationIdentity) {
      return epsilon;
    }
    if (plainRelu && isFused(z) && isFused(epsilon)) {
      relu(z.length()).backward(z, epsilon, z);
      return z;
    }
    return activation.backprop(z, HostArrays.plain(epsilon)).getFirst();
  }

  private static boolean isFused(INDArray array) {
    return array.dataType() == DataType.FLOAT && HostArrays.isPlain(array) && OneDnn.available();
  }

  private Elementwise relu(long n) {
    if (length != n) {
      length = n;
      relu = new Elementwise(Elementwise.Function.RELU, n);
    }
    return relu;
  }
}
