// SPDX-License-Identifier: Apache-2.0
package org.nola4j.transformer;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nola4j.internal.onednn.Elementwise;
import org.nola4j.internal.onednn.OneDnn;

/** An {@link MlpActivation} with its gradient. */
final class NonLinearity {
  private static final double CUBIC = 0.044715;
  private static final double SLOPE = Math.sqrt(2 / Math.PI);

  private final MlpActivation activation;
  private Elementwise primitive;
  private long length = -1;

  NonLinearity(MlpActivation activation) {
    this.activation = activation;
  }

  void forward(INDArray x, INDArray result) {
    if (isFused(x)) {
      primitive(x).forward(x, result);
      return;
    }
    result.assign(x);
    result.muli(
        switch (activation) {
          case GELU -> normalDistribution(x);
          case GELU_TANH -> tanh(x).addi(1).divi(2);
          case RELU -> positive(x);
        });
  }

  /** Turns the gradient of the result into that of x. */
  void backward(INDArray x, INDArray gradient) {
    if (isFused(x)) {
      primitive(x).backward(x, gradient, gradient);
      return;
    }
    gradient.muli(
        switch (activation) {
          case GELU -> normalDistribution(x).addi(x.mul(normalDensity(x)));
          case GELU_TANH -> tanhDerivative(x);
          case RELU -> positive(x);
        });
  }

  private static INDArray normalDistribution(INDArray x) {
    return Nd4j.math().erf(x.div(Math.sqrt(2))).addi(1).divi(2);
  }

  private static INDArray normalDensity(INDArray x) {
    return Transforms.exp(x.mul(x).divi(-2), false).divi(Math.sqrt(2 * Math.PI));
  }

  private static INDArray tanh(INDArray x) {
    return Transforms.tanh(x.mul(x).muli(CUBIC).addi(1).muli(x).muli(SLOPE), false);
  }

  private static INDArray tanhDerivative(INDArray x) {
    INDArray t = tanh(x);
    INDArray inner = x.mul(x).muli(3 * CUBIC).addi(1).muli(SLOPE).muli(x);
    return t.mul(t).rsubi(1).muli(inner).addi(t).addi(1).divi(2);
  }

  private static INDArray positive(INDArray x) {
    return x.gt(0).castTo(x.dataType());
  }

  private static boolean isFused(INDArray x) {
    return x.dataType() == DataType.FLOAT && OneDnn.available();
  }

  private Elementwise primitive(INDArray x) {
    if (length != x.length()) {
      length = x.length();
      primitive = new Elementwise(Elementwise.Function.valueOf(activation.name()), length);
    }
    return primitive;
  }
}
