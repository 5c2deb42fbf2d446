// SPDX-License-Identifier: Apache-2.0
package org.nola4j.network;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.longer.MatchCondition;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** Checks that a network's parameters are finite. */
public final class FiniteParameters {
  private FiniteParameters() {}

  /**
   * Checks all parameters of a network.
   *
   * @throws ArithmeticException if one has NaN or infinity, naming its layer
   */
  public static void require(List<NetworkLayer> layers) {
    for (NetworkLayer layer : layers) {
      for (Map.Entry<String, INDArray> parameter : layer.parameters().entrySet()) {
        long bad = notFinite(parameter.getValue());
        if (bad > 0) {
          throw new ArithmeticException(
              "layer \"%s\", parameter \"%s\": %d of %d numbers would be NaN or infinite: nothing was written"
                  .formatted(layer.name(), parameter.getKey(), bad, parameter.getValue().length()));
        }
      }
    }
  }

  private static long notFinite(INDArray array) {
    return Nd4j.getExecutioner().exec(new MatchCondition(array, Conditions.notFinite())).getLong(0);
  }
}
