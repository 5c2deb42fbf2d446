// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.weights;

import java.io.Serializable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nola4j.reparameterization.FrozenWeight;
import org.nola4j.reparameterization.WeightShape;

/**
 * A parameter that a layer keeps outside DL4J's parameters and never trains, for instance the bias
 * of a trained network.
 *
 * @param values row-major
 * @param length their number
 */
public record FrozenParameter(
    @JsonProperty("values") FrozenWeight.Given values, @JsonProperty("length") int length)
    implements Serializable {

  /** The values as a row-major array of this shape, which must not be written to. */
  public INDArray array(DataType type, long... shape) {
    return SharedArrays.of(
        values.sha256(), values.elements(new WeightShape(1, length, 1)), type, shape);
  }

  /** Copies the values into an array of any shape and order with as many elements. */
  public void writeTo(INDArray parameter) {
    float[] numbers = values.materialize(new WeightShape(1, length, 1), 0);
    parameter.assign(Nd4j.createFromArray(numbers).reshape('c', parameter.shape()));
  }
}
