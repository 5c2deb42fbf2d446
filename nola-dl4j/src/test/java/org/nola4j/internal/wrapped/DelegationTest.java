// SPDX-License-Identifier: Apache-2.0
package org.nola4j.internal.wrapped;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.junit.jupiter.api.Test;

/** What DL4J asks of a layer reaches the layer inside. */
class DelegationTest {
  /** Reasons why calls are not delegated to DL4J's layer inside. */
  private static final Map<String, String> OWN =
      Map.ofEntries(
          Map.entry("getConfig", "what is trained is the adapter's"),
          Map.entry("conf", "the adapter's"),
          Map.entry("setConf", "the adapter's"),
          Map.entry("params", "the adapter's"),
          Map.entry("numParams", "the adapter's"),
          Map.entry("paramTable", "the adapter's"),
          Map.entry("getParam", "the adapter's"),
          Map.entry("setParam", "the adapter's"),
          Map.entry("setParams", "the adapter's"),
          Map.entry("setParamTable", "the adapter's"),
          Map.entry("setParamsViewArray", "the adapter's"),
          Map.entry("getGradientsViewArray", "the adapter's"),
          Map.entry("setBackpropGradientsViewArray", "the adapter's"),
          Map.entry("updaterDivideByMinibatch", "coefficients are, as weights are"),
          Map.entry("calcRegularizationScore", "the adapter's"),
          Map.entry("applyConstraints", "refused on adapted weights, idle on frozen ones"),
          Map.entry("isPretrainLayer", "adapters are trained by the network's loss"),
          Map.entry("allowInputModification", "products need the input as it is"),
          Map.entry("activate", "a pass: after the weights are formed"),
          Map.entry("backpropGradient", "a pass: gradients of weights go to coefficients"),
          Map.entry("tbpttBackpropGradient", "as backpropGradient"),
          Map.entry("input", "the same as inside"),
          Map.entry("batchSize", "of the same input"),
          Map.entry("getInputMiniBatchSize", "of the same input"),
          Map.entry("getIndex", "the same as inside"),
          Map.entry("getIterationCount", "the same as inside"),
          Map.entry("getEpochCount", "the same as inside"),
          Map.entry("getListeners", "networks keep their own; layers call none"),
          Map.entry("setListeners", "as getListeners"),
          Map.entry("addListeners", "as getListeners"),
          Map.entry("init", "does nothing in DL4J's layers"),
          Map.entry("close", "does nothing in DL4J's layers"),
          Map.entry("fit", "of the network; DL4J's layers cannot"),
          Map.entry("update", "of the network"),
          Map.entry("gradient", "not kept by layers"),
          Map.entry("gradientAndScore", "as gradient"),
          Map.entry("computeGradientAndScore", "of the network"),
          Map.entry("getOptimizer", "of the network"));

  /** A later DL4J may ask for more. */
  @Test
  void everyCallIsHandedOnOrHasAReasonNotToBe() {
    Set<String> open = new TreeSet<>();
    Map.of(
            Layer.class, WrappedLayer.class,
            RecurrentLayer.class, WrappedRecurrentLayer.class,
            IOutputLayer.class, WrappedOutputLayer.class)
        .forEach(
            (asked, wrapped) -> {
              for (Method method : asked.getMethods()) {
                if (!OWN.containsKey(method.getName()) && !isOverridden(method, wrapped)) {
                  open.add(asked.getSimpleName() + "." + method.getName());
                }
              }
            });
    assertEquals(Set.of("Layer.score", "RecurrentLayer.score"), open); // a loss has one
  }

  private static boolean isOverridden(Method asked, Class<?> wrapped) {
    for (Class<?> type = wrapped;
        WrappedLayer.class.isAssignableFrom(type);
        type = type.getSuperclass()) {
      if (Stream.of(type.getDeclaredMethods()).anyMatch(each -> isSame(asked, each))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSame(Method asked, Method other) {
    return asked.getName().equals(other.getName())
        && Arrays.equals(asked.getParameterTypes(), other.getParameterTypes());
  }
}
